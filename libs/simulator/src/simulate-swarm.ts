import { createSeededRandom, type PieceGeometry } from '@shoal/swarm';
import { SimulatedHost, type TraceListener } from './simulated-host.ts';
import { VirtualClock } from './virtual-clock.ts';

/** A swarm of one seeder and leechers that all start at once, every one connected to every other. */
export interface SwarmScenario {
  readonly leechers: number;
  readonly pieces: number;
  /** Bytes. */
  readonly pieceSize: number;
  /** Access rate of each host, each way, in bytes per second. */
  readonly rate: number;
  /** One way, in milliseconds. */
  readonly latency: number;
  /** The same seed gives the same run, message by message. */
  readonly seed: number;
  /** Gives up after so long, in virtual milliseconds. */
  readonly limit: number;
}

export interface SwarmResult {
  /** When each leecher had everything, in milliseconds; undefined for those that did not by the limit. */
  readonly completedAt: readonly (number | undefined)[];
  /** Pieces each leecher has. */
  readonly piecesHad: readonly number[];
  /** Payload bytes the seeder sent. */
  readonly seederBytes: number;
  /** Payload bytes that leechers received in vain. */
  readonly wastedBytes: number;
}

/** Connections are made in the first so many milliseconds. */
const CONNECT_WITHIN = 50;

/**
 * Runs a swarm of torrent cores in virtual time.
 * @param onTrace told of everything that reaches a host
 */
export function simulateSwarm(
  scenario: SwarmScenario,
  onTrace: TraceListener = () => undefined,
): SwarmResult {
  const clock = new VirtualClock();
  const random = createSeededRandom(scenario.seed);
  const geometry: PieceGeometry = {
    pieceCount: scenario.pieces,
    pieceSize: () => scenario.pieceSize,
    payloadSize: () => scenario.pieceSize,
    servedSize: () => scenario.pieceSize,
  };
  const hosts = Array.from(
    { length: 1 + scenario.leechers },
    (_, index) =>
      new SimulatedHost(clock, {
        index,
        geometry,
        isSeeder: index === 0,
        upRate: scenario.rate,
        downRate: scenario.rate,
        latency: scenario.latency,
        seed: random.below(0xffffffff),
        onTrace,
      }),
  );
  for (const [index, a] of hosts.entries()) {
    for (const b of hosts.slice(index + 1)) {
      clock.after(random.below(CONNECT_WITHIN), () => SimulatedHost.connect(a, b));
    }
  }
  const leechers = hosts.slice(1);
  clock.run(() => leechers.every((host) => host.completedAt !== undefined), scenario.limit);
  return {
    completedAt: leechers.map((host) => host.completedAt),
    piecesHad: leechers.map((host) => host.have.count),
    seederBytes: hosts[0]?.sentBytes ?? 0,
    wastedBytes: leechers.reduce((sum, host) => sum + host.wastedBytes, 0),
  };
}
