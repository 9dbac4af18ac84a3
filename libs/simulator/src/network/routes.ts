import type { EventQueue } from '../event-queue.ts';
import type { ResolvedScenario } from '../resolved-scenario.ts';
import { Link } from './link.ts';

/** How two hosts are connected. */
export interface Route {
  /** One way, in milliseconds. */
  readonly latency: number;
  /** Shared links on the way from the first to the second, and back, their downlinks included. */
  readonly there: readonly Link[];
  readonly back: readonly Link[];
}

/** Where a route ends: a host. */
export interface RouteEnd {
  readonly init: {
    /** Position of its zone. */
    readonly zone: number;
  };
  readonly downlink: Link;
}

/** The links of a zone to the others; without a rate there is none to share. */
interface ZoneLinks {
  readonly up: Link | undefined;
  readonly down: Link | undefined;
}

/** Knows the way between any two hosts. */
export class Routes {
  readonly #zones: readonly ZoneLinks[];
  readonly #latency: number;
  readonly #zoneLatency: number;

  constructor(clock: EventQueue, scenario: ResolvedScenario) {
    const { linkBuffer: buffer, wireFactor } = scenario;
    const link = (rate: number | undefined): Link | undefined =>
      rate === undefined ? undefined : new Link(clock, { rate: rate * wireFactor, buffer });
    this.#zones = scenario.zones.map(({ up, down }) => ({ up: link(up), down: link(down) }));
    this.#latency = scenario.latency;
    this.#zoneLatency = scenario.zoneLatency;
  }

  between(a: RouteEnd, b: RouteEnd): Route {
    const isNear = a.init.zone === b.init.zone;
    return {
      latency: isNear ? this.#latency : this.#zoneLatency,
      there: this.#links(a, b, isNear),
      back: this.#links(b, a, isNear),
    };
  }

  #links(from: RouteEnd, to: RouteEnd, isNear: boolean): readonly Link[] {
    if (isNear) return [to.downlink];
    const out = this.#zones[from.init.zone]?.up;
    const into = this.#zones[to.init.zone]?.down;
    return [...(out === undefined ? [] : [out]), ...(into === undefined ? [] : [into]), to.downlink];
  }
}
