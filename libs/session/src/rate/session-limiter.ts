import type { Clock } from '@shoal/swarm';
import type { TrafficClass } from '../api/peer.ts';
import type { Schedule } from '../system.ts';
import { Lane, type LimitPath } from './lane.ts';
import { Limit } from './limit.ts';
import { checkRateLimits, type RateLimits, type SessionLimits } from './rate-limits.ts';
import { WaitingLine } from './waiting-line.ts';

export type Direction = 'upload' | 'download';

const DIRECTIONS = ['upload', 'download'] as const satisfies readonly Direction[];
const CLASSES = ['seeder', 'agent', 'client', 'origin'] as const satisfies readonly TrafficClass[];

/** A session's limits in one direction. */
interface Road {
  readonly line: WaitingLine;
  readonly host: Limit;
  readonly classes: Readonly<Record<TrafficClass, Limit>>;
}

/** Holds the limits of a session: those of the host and the classes, and what its torrents' limits hang on. */
export class SessionLimiter {
  readonly #clock: Clock;
  readonly #roads: Readonly<Record<Direction, Road>>;

  /** @throws RateLimitError */
  constructor(components: { readonly clock: Clock; readonly schedule: Schedule }, limits: SessionLimits) {
    this.#clock = components.clock;
    this.#roads = { upload: createRoad(components), download: createRoad(components) };
    this.set(limits);
  }

  /**
   * Replaces all limits, from now on.
   * @throws RateLimitError and changes nothing
   */
  set(limits: SessionLimits): void {
    const { classes = {} } = limits;
    for (const rates of [limits, ...Object.values(classes)]) checkRateLimits(rates);
    const now = this.#clock.now();
    for (const direction of DIRECTIONS) {
      const road = this.#roads[direction];
      road.host.set(limits[direction], now);
      for (const peerClass of CLASSES) road.classes[peerClass].set(classes[peerClass]?.[direction], now);
      road.line.serve();
    }
  }

  /** @throws RateLimitError */
  createTorrentLimiter(limits: RateLimits): TorrentLimiter {
    return new TorrentLimiter(this.#clock, this.#roads, limits);
  }

  close(): void {
    for (const { line } of Object.values(this.#roads)) line.close();
  }
}

/** Holds the limits of one torrent. */
export class TorrentLimiter {
  readonly #clock: Clock;
  readonly #roads: Readonly<Record<Direction, Road>>;
  readonly #limits: Readonly<Record<Direction, Limit>> = { upload: new Limit(), download: new Limit() };

  constructor(clock: Clock, roads: Readonly<Record<Direction, Road>>, limits: RateLimits) {
    this.#clock = clock;
    this.#roads = roads;
    this.set(limits);
  }

  /**
   * Replaces both limits, from now on.
   * @throws RateLimitError and changes nothing
   */
  set(limits: RateLimits): void {
    checkRateLimits(limits);
    for (const direction of DIRECTIONS) {
      this.#limits[direction].set(limits[direction], this.#clock.now());
      this.#roads[direction].line.serve();
    }
  }

  /** What a connection's bytes pass together in `direction`, when it is of `peerClass`. */
  path(direction: Direction, peerClass: TrafficClass): LimitPath {
    const { host, classes } = this.#roads[direction];
    return [host, this.#limits[direction], classes[peerClass]];
  }

  /** The way of a connection whose peer has not said its class yet: a stock client, until then. */
  createLane(direction: Direction, onReady: () => void): Lane {
    return new Lane(this.#roads[direction].line, this.path(direction, 'client'), onReady);
  }
}

function createRoad(components: { readonly clock: Clock; readonly schedule: Schedule }): Road {
  const classes = { seeder: new Limit(), agent: new Limit(), client: new Limit(), origin: new Limit() };
  return { line: new WaitingLine(components), host: new Limit(), classes };
}
