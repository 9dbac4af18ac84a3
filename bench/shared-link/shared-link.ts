import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { systemCommand } from '../harness/system-command.ts';
import { addBridge, addLink, addNamespace, joinBridge } from '../network/namespace.ts';
import { ADDRESS_PREFIX, commandAt, type NetworkHost } from '../network/network.ts';
import type { Contender } from './contenders.ts';

const LINK = fileURLToPath(new URL('link.py', import.meta.url));
/** Ends of the link, in the namespace of the bridge. */
const LEFT = 'left';
const RIGHT = 'right';
const START_DEADLINE_MS = 10_000;

/** What a link is like. */
export interface LinkConditions {
  /** Megabits per second. */
  readonly rate: number;
  /** Round-trip time without a queue, in milliseconds. */
  readonly rtt: number;
  /** Frames lost, in per cent. */
  readonly loss: number;
  /** How long a frame may wait before the link, in milliseconds. */
  readonly queue: number;
}

/** What the link has carried towards the receiver since it was made. */
export interface LinkReading {
  /** Seconds. */
  readonly at: number;
  /** By who sent it. */
  readonly bytes: Readonly<Record<string, number>>;
  readonly frames: number;
  /** What all of them have waited together, in seconds. */
  readonly delay: number;
}

/** Hosts on one side of a link, and one on the other. */
export interface SharedLink {
  readonly seeders: readonly NetworkHost[];
  /** Whom other traffic than the transfer comes from. */
  readonly other: NetworkHost;
  readonly receiver: NetworkHost;
  /** The next thing that the link tells: four times a second. */
  read(): Promise<LinkReading>;
}

/**
 * Makes the network. The link is a process of this benchmark, since not every kernel can delay or lose packets.
 * @param seeders how many
 * @throws BenchError SHOAL_BENCH_COMMAND
 */
export async function createSharedLink(
  cleanup: Cleanup,
  name: string,
  conditions: LinkConditions,
  { congestion, discipline }: Contender,
  seeders: number,
): Promise<SharedLink> {
  const bridge = `${name}sw`;
  await addNamespace(cleanup, bridge);
  await addBridge(bridge);
  const addHost = async (index: number, port: string, algorithm?: string): Promise<NetworkHost> => {
    const host = { namespace: `${name}h${index}`, address: `${ADDRESS_PREFIX}${index + 1}` };
    await addNamespace(cleanup, host.namespace);
    await addLink({ ...host, switchNamespace: bridge, port, ...(algorithm && { congestion: algorithm }) });
    await makePlain(host.namespace, 'eth0');
    await makePlain(bridge, port);
    return host;
  };
  const senders: NetworkHost[] = [];
  for (let index = 0; index <= seeders; index += 1) {
    // The last one is another's: its congestion control is not ours to choose.
    senders.push(await addHost(index, `p${index}`, index < seeders ? congestion : undefined));
    await joinBridge(bridge, `p${index}`);
  }
  const receiver = await addHost(seeders + 1, RIGHT);
  await systemCommand('ip', '-n', bridge, 'link', 'add', LEFT, 'type', 'veth', 'peer', 'name', 'inner');
  for (const device of ['inner', LEFT]) {
    await systemCommand('ip', '-n', bridge, 'link', 'set', device, 'up');
    await makePlain(bridge, device);
  }
  await joinBridge(bridge, 'inner');
  const other = senders.at(-1);
  if (other === undefined) throw new RangeError('no sender');
  const background = senders.slice(0, -1);
  const link = startLink(cleanup, bridge, [
    ...['--rate', `${conditions.rate}`, '--rtt', `${conditions.rtt}`, '--loss', `${conditions.loss}`],
    ...['--queue', `${conditions.queue}`, '--discipline', discipline],
    ...background.flatMap(({ address }) => ['--background', address]),
  ]);
  await link.read();
  return { seeders: background, other, receiver, read: link.read };
}

/** Segments that only a network card would cut, and checksums that it would fill in, are of no use to the link. */
async function makePlain(namespace: string, device: string): Promise<void> {
  await systemCommand(...commandAt({ address: '', namespace }, [LINK, '--plain', device]));
}

function startLink(cleanup: Cleanup, namespace: string, args: readonly string[]) {
  const [program, ...first] = commandAt({ address: '', namespace }, [
    ...(['nice', '-n', '-15', LINK] as const),
    ...['--left', LEFT, '--right', RIGHT, ...args],
  ]);
  const child = spawn(program, first, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  cleanup.add(() => endProcess(child));
  const read = async (): Promise<LinkReading> => {
    try {
      const [line] = (await once(lines, 'line', { signal: AbortSignal.timeout(START_DEADLINE_MS) })) as [
        string,
      ];
      return JSON.parse(line) as LinkReading;
    } catch (cause) {
      const remedy = 'See what it said above; it takes python3, and root.';
      throw new BenchError('SHOAL_BENCH_COMMAND', 'the link says nothing', remedy, { cause });
    }
  };
  return { read };
}

/** Ends a process that ends with its standard input, and waits until it is gone. */
export async function endProcess(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.stdin?.destroy();
  child.kill('SIGKILL');
  await exited;
}
