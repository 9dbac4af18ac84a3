import { type Clock, TICK_INTERVAL } from '@shoal/swarm';
import type { BufferPool } from './buffer-pool.ts';
import type { Connector } from './connector.ts';
import { DIALS_PER_TICK, MAX_HALF_OPEN } from './constants.ts';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';

/** Collaborators of a {@link SwarmTicker}. */
export interface SwarmTickerComponents {
  readonly clock: Clock;
  readonly connector: Connector;
  readonly buffers: BufferPool;
  /** Peers that are connected, over all swarms. */
  readonly connections: { readonly count: number };
}

/** Lets time pass for the swarms of a session that need it, and dials for them. While none does there is no timer. */
export class SwarmTicker {
  readonly #components: SwarmTickerComponents;
  readonly #maxConnections: number;
  /** Swarms that need ticks. */
  readonly #awake = new Set<JoinedSwarm>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** @param init.maxConnections open at once, half-open ones included */
  constructor(components: SwarmTickerComponents, init: { readonly maxConnections: number }) {
    this.#components = components;
    this.#maxConnections = init.maxConnections;
  }

  /** Whether there may be no connection more. */
  get isFull(): boolean {
    return this.#room() <= 0;
  }

  /** The swarm may dial now, and needs ticks until it says otherwise. */
  wake(swarm: JoinedSwarm): void {
    this.#awake.add(swarm);
    this.start();
    // At once, but after the caller is done: a tick would be a quarter of a second later.
    setImmediate(() => {
      // For this swarm alone: thousands may be woken at once, and each is looked at with every tick.
      if (this.#awake.has(swarm)) this.#dial([swarm], this.#components.clock.now());
    });
  }

  forget(swarm: JoinedSwarm): void {
    this.#awake.delete(swarm);
  }

  /** Ticks until neither a swarm nor the connector needs it. */
  start(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_INTERVAL);
  }

  /** Dials no more, but goes on ticking until {@link stop}: the swarms are to take leave. */
  close(): void {
    this.#isClosed = true;
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    const { clock, connector, buffers } = this.#components;
    const now = clock.now();
    connector.tick(now);
    for (const swarm of this.#awake) if (!swarm.tick(now)) this.#awake.delete(swarm);
    this.#dial(this.#awake, now);
    if (this.#awake.size > 0 || connector.halfOpen > 0) return;
    // Idle: no timer, no memory for transfers.
    this.stop();
    buffers.trim();
  }

  /** Dials for each of these swarms in turn, within the budget of a tick. */
  #dial(swarms: Iterable<JoinedSwarm>, now: number): void {
    if (this.#isClosed) return;
    const { connector } = this.#components;
    let budget = Math.min(DIALS_PER_TICK, MAX_HALF_OPEN - connector.halfOpen, this.#room());
    for (let hasDialled = true; hasDialled;) {
      hasDialled = false;
      for (const swarm of swarms) {
        if (budget <= 0) return;
        const planned = swarm.nextDial(now, (address) => connector.mayDial(address));
        if (planned === undefined) continue;
        budget -= 1;
        hasDialled = true;
        void connector.dial(swarm, planned);
      }
    }
  }

  /** How many connections there may be more. */
  #room(): number {
    const { connector, connections } = this.#components;
    return this.#maxConnections - connector.halfOpen - connections.count;
  }
}
