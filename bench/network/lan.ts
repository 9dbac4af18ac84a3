import type { Cleanup } from '../harness/cleanup.ts';
import { systemCommand } from '../harness/system-command.ts';
import { addBridge, addLink, addNamespace, joinBridge } from './namespace.ts';
import { ADDRESS_PREFIX, type NetworkHost } from './network.ts';

/** Bytes that a token bucket lets through at once: above the 64 KiB of a GSO packet, or it would pass none. */
const BUCKET_BYTES = 65_536;
/** Longest time that a packet waits in a limited queue before it is dropped. */
const QUEUE_LATENCY = '100ms';

/** Bytes on the wire as the limiting queues count them, headers of every segment included. */
export interface WireBytes {
  readonly sent: number;
  readonly received: number;
}

/** Hosts with a namespace each, on one bridge. */
export interface Lan {
  /** The first one is not limited: the tracker's. */
  readonly hosts: readonly NetworkHost[];
  /** Bytes that one limited host has sent so far. */
  sentBy(index: number): Promise<number>;
  /** What each limited host has sent and received so far, by its place in `hosts`. */
  wireBytes(): Promise<ReadonlyMap<number, WireBytes>>;
}

/**
 * Makes a LAN: each host but the first sends and receives at most `rate` bytes a second on the wire (tc tbf at both ends of its link).
 * @param count hosts, at most 250
 * @throws BenchError SHOAL_BENCH_COMMAND where the kernel does not allow it
 */
export async function createLan(cleanup: Cleanup, name: string, count: number, rate: number): Promise<Lan> {
  const bridge = `${name}sw`;
  await addNamespace(cleanup, bridge);
  await addBridge(bridge);
  const namespaceOf = (index: number): string => `${name}h${index}`;
  const hosts: NetworkHost[] = [];
  for (let index = 0; index < count; index += 1) {
    const namespace = namespaceOf(index);
    const address = `${ADDRESS_PREFIX}${index + 1}`;
    await addNamespace(cleanup, namespace);
    await addLink({ namespace, address, switchNamespace: bridge, port: `p${index}` });
    await joinBridge(bridge, `p${index}`);
    if (index > 0) await limit(bridge, namespace, index, rate);
    hosts.push({ address, namespace });
  }
  const sentBy = async (index: number): Promise<number> =>
    (await sentFrom(namespaceOf(index))).get('eth0') ?? 0;
  return {
    hosts,
    sentBy,
    async wireBytes() {
      const received = await sentFrom(bridge);
      const bytes = new Map<number, WireBytes>();
      for (let index = 1; index < count; index += 1) {
        bytes.set(index, { sent: await sentBy(index), received: received.get(`p${index}`) ?? 0 });
      }
      return bytes;
    },
  };
}

async function sentFrom(namespace: string): Promise<ReadonlyMap<string, number>> {
  return sentByDevice(await systemCommand('tc', '-n', namespace, '-s', 'qdisc', 'show'));
}

/** What the host sends is limited at its end of the link, what it receives at the bridge's. */
async function limit(bridge: string, namespace: string, index: number, rate: number): Promise<void> {
  const bits = `${Math.round(rate * 8)}bit`;
  const bucket = ['tbf', 'rate', bits, 'burst', `${BUCKET_BYTES}`, 'latency', QUEUE_LATENCY];
  await systemCommand('tc', '-n', namespace, 'qdisc', 'add', 'dev', 'eth0', 'root', ...bucket);
  await systemCommand('tc', '-n', bridge, 'qdisc', 'add', 'dev', `p${index}`, 'root', ...bucket);
}

/** Device → bytes that its token bucket has let through, from what `tc -s qdisc show` prints. */
export function sentByDevice(output: string): ReadonlyMap<string, number> {
  const matches = output.matchAll(/^qdisc tbf \S+ dev (\S+) [^]*?Sent (\d+) bytes/gm);
  return new Map([...matches].map(([, device = '', bytes]) => [device, Number(bytes)]));
}
