import type { Cleanup } from '../harness/cleanup.ts';
import { systemCommand } from '../harness/system-command.ts';
import { ADDRESS_PREFIX, CONGESTION_CONTROL } from './network.ts';

/** A host's link. */
export interface LinkInit {
  /** Namespace and IPv4 address of the host, whose end is called eth0. */
  readonly namespace: string;
  readonly address: string;
  /** Namespace and name of the other end. */
  readonly switchNamespace: string;
  readonly port: string;
  /** What the host's TCP uses. @default CONGESTION_CONTROL */
  readonly congestion?: string;
}

/** Makes a network namespace. */
export async function addNamespace(cleanup: Cleanup, name: string): Promise<void> {
  await systemCommand('ip', 'netns', 'add', name);
  cleanup.add(() => systemCommand('ip', 'netns', 'del', name));
}

/** Makes a bridge, br0, in a namespace. */
export async function addBridge(namespace: string): Promise<void> {
  await systemCommand('ip', '-n', namespace, 'link', 'add', 'br0', 'type', 'bridge');
  await systemCommand('ip', '-n', namespace, 'link', 'set', 'br0', 'up');
}

/** Puts a device of a namespace on its bridge. */
export async function joinBridge(namespace: string, device: string): Promise<void> {
  await systemCommand('ip', '-n', namespace, 'link', 'set', device, 'master', 'br0');
}

/** Links a host to another namespace. */
export async function addLink(init: LinkInit): Promise<void> {
  const { namespace, address, switchNamespace, port, congestion = CONGESTION_CONTROL } = init;
  const inSwitch = (...args: string[]): Promise<string> =>
    systemCommand('ip', '-n', switchNamespace, ...args);
  const inHost = (...args: string[]): Promise<string> => systemCommand('ip', '-n', namespace, ...args);
  await inSwitch('link', 'add', port, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', namespace);
  await inSwitch('link', 'set', port, 'up');
  await inHost('addr', 'add', `${address}/24`, 'dev', 'eth0');
  await inHost('link', 'set', 'lo', 'up');
  await inHost('link', 'set', 'eth0', 'up');
  const route = [`${ADDRESS_PREFIX}0/24`, 'dev', 'eth0', 'proto', 'kernel', 'scope', 'link', 'src', address];
  await inHost('route', 'replace', ...route, 'congctl', congestion);
}
