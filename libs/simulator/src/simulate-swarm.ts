import { BLOCK_SIZE } from '@shoal/protocol';
import { createSeededRandom, type PieceGeometry } from '@shoal/swarm';
import { DEFAULT_POLICIES, type HostPolicies } from './host-policies.ts';
import { SimulatedHost, type TraceListener } from './simulated-host.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A swarm of seeders and leechers that all start at once, every one connected to every other. */
export interface SwarmScenario {
  readonly leechers: number;
  /** They are the first hosts. @default 1 */
  readonly seeders?: number;
  readonly pieces: number;
  /** Bytes. */
  readonly pieceSize: number;
  /** Bytes asked for at once; larger ones make runs shorter and coarser. @default BLOCK_SIZE */
  readonly blockSize?: number;
  /** Access rate of each host, each way, in bytes per second on the wire. */
  readonly rate: number;
  /** Hosts whose rates are others. */
  readonly rates?: readonly HostRates[];
  /** One way, in milliseconds. */
  readonly latency: number;
  /** Peers each host sends to at once. @default what the engine does */
  readonly uploadSlots?: number;
  /** Hosts that leave for good. */
  readonly kills?: readonly HostKill[];
  /** The same seed gives the same run, message by message. */
  readonly seed: number;
  /** Gives up after so long, in virtual milliseconds. */
  readonly limit: number;
}

/** Rates of one host, in bytes per second. */
export interface HostRates {
  readonly host: number;
  readonly up?: number;
  readonly down?: number;
}

/** A host that goes at `at` milliseconds, or once it has sent so many payload bytes. */
export type HostKill = { readonly host: number } & ({ readonly at: number } | { readonly afterSent: number });

/** What one host did. */
export interface HostResult {
  readonly isSeeder: boolean;
  /** When it had everything, in milliseconds; undefined if it did not by the limit, and for a seeder. */
  readonly completedAt: number | undefined;
  readonly piecesHad: number;
  /** Payload bytes. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Payload bytes received in vain. */
  readonly wastedBytes: number;
}

export interface SwarmResult {
  /** Seeders first. */
  readonly hosts: readonly HostResult[];
  /** When each leecher had everything, in milliseconds; undefined for those that did not by the limit. */
  readonly completedAt: readonly (number | undefined)[];
  /** Pieces each leecher has. */
  readonly piecesHad: readonly number[];
  /** Payload bytes the seeders sent. */
  readonly seederBytes: number;
  /** Payload bytes that leechers received in vain. */
  readonly wastedBytes: number;
}

/** Connections are made in the first so many milliseconds. */
const CONNECT_WITHIN = 50;

/** How often hosts that go after so many bytes are looked at, in milliseconds. */
const KILL_CHECK_INTERVAL = 10;

/**
 * Runs a swarm of torrent cores in virtual time.
 * @param onTrace told of everything that reaches a host
 * @param policies what decides in each host
 */
export function simulateSwarm(
  scenario: SwarmScenario,
  onTrace: TraceListener = () => undefined,
  policies: HostPolicies = DEFAULT_POLICIES,
): SwarmResult {
  const clock = new VirtualClock();
  const random = createSeededRandom(scenario.seed);
  const seeders = scenario.seeders ?? 1;
  const geometry: PieceGeometry = {
    pieceCount: scenario.pieces,
    blockSize: scenario.blockSize ?? BLOCK_SIZE,
    pieceSize: () => scenario.pieceSize,
    payloadSize: () => scenario.pieceSize,
    servedSize: () => scenario.pieceSize,
  };
  const hosts = Array.from({ length: seeders + scenario.leechers }, (_, index) => {
    const rates = scenario.rates?.find(({ host }) => host === index);
    return new SimulatedHost(clock, {
      index,
      geometry,
      policies,
      isSeeder: index < seeders,
      upRate: rates?.up ?? scenario.rate,
      downRate: rates?.down ?? scenario.rate,
      latency: scenario.latency,
      seed: random.below(0xffffffff),
      uploadSlots: scenario.uploadSlots,
      onTrace,
    });
  });
  for (const [index, a] of hosts.entries()) {
    for (const b of hosts.slice(index + 1)) {
      clock.after(random.below(CONNECT_WITHIN), () => SimulatedHost.connect(a, b));
    }
  }
  for (const kill of scenario.kills ?? []) planKill(clock, hosts[kill.host], kill);
  const leechers = hosts.slice(seeders);
  clock.run(() => leechers.every((host) => host.isGone || host.completedAt !== undefined), scenario.limit);
  return summarize(hosts, seeders);
}

function planKill(clock: VirtualClock, host: SimulatedHost | undefined, kill: HostKill): void {
  if (host === undefined) return;
  const check = (): void => {
    if ('at' in kill || host.sentBytes >= kill.afterSent) host.kill();
    else clock.after(KILL_CHECK_INTERVAL, check);
  };
  clock.after('at' in kill ? kill.at : KILL_CHECK_INTERVAL, check);
}

function summarize(hosts: readonly SimulatedHost[], seeders: number): SwarmResult {
  const leechers = hosts.slice(seeders);
  return {
    hosts: hosts.map((host) => ({
      isSeeder: host.init.isSeeder,
      completedAt: host.completedAt,
      piecesHad: host.have.count,
      sentBytes: host.sentBytes,
      receivedBytes: host.receivedBytes,
      wastedBytes: host.wastedBytes,
    })),
    completedAt: leechers.map((host) => host.completedAt),
    piecesHad: leechers.map((host) => host.have.count),
    seederBytes: hosts.slice(0, seeders).reduce((sum, host) => sum + host.sentBytes, 0),
    wastedBytes: leechers.reduce((sum, host) => sum + host.wastedBytes, 0),
  };
}
