import type { Cleanup } from '../harness/cleanup.ts';
import { systemCommand } from '../harness/system-command.ts';
import { ADDRESS_PREFIX, CONGESTION_CONTROL, type NetworkHost } from './network.ts';
import { canMakeNamespaces, ownPrivileges } from './privileges.ts';

/** Hosts that share one loopback interface. */
export interface LoopbackNetwork {
  readonly hosts: readonly NetworkHost[];
  /** What it is, for the report. */
  readonly description: string;
}

/**
 * Makes `count` addresses on the loopback of a namespace of its own, or where that is not possible, on the machine's own loopback
 * with the machine's congestion control.
 */
export async function createLoopback(
  cleanup: Cleanup,
  name: string,
  count: number,
): Promise<LoopbackNetwork> {
  if (!canMakeNamespaces(ownPrivileges())) {
    const hosts = indices(count).map((i) => ({ address: `127.0.0.${i + 2}` }));
    return { hosts, description: "the machine's loopback and congestion control" };
  }
  await systemCommand('ip', 'netns', 'add', name);
  cleanup.add(() => systemCommand('ip', 'netns', 'del', name));
  const ip = (...args: string[]): Promise<string> => systemCommand('ip', '-n', name, ...args);
  await ip('link', 'set', 'lo', 'up');
  const addresses = indices(count).map((i) => `${ADDRESS_PREFIX}${i + 1}`);
  for (const address of addresses) await ip('addr', 'add', `${address}/32`, 'dev', 'lo');
  for (const address of addresses) {
    const route = ['local', address, 'dev', 'lo', 'table', 'local'];
    await ip('route', 'replace', ...route, 'congctl', CONGESTION_CONTROL);
  }
  return {
    hosts: addresses.map((address) => ({ address, namespace: name })),
    description: `loopback of a namespace, ${CONGESTION_CONTROL}`,
  };
}

function indices(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}
