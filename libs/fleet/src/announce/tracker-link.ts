import {
  type AnnounceHello,
  type AnnounceResponse,
  type DeepPartial,
  ShoalError,
  Status,
  type SwarmRefusal,
  TrackerServiceDefinition,
} from '@shoal/contracts';
import { formatIpAddress } from '@shoal/protocol';
import {
  backoffMs,
  type Clock,
  createGrpcChannel,
  type Logger,
  type Telemetry,
  type Tls,
  withDeadline,
} from '@shoal/service';
import type { PeerAddress } from '@shoal/session';
import { pause, type UnitRandom } from '../pause.ts';
import { CLOSE_DEADLINE_MS, RECONNECT_BACKOFF, WELCOME_DEADLINE_MS } from './constants.ts';
import type { JoinedSwarm } from './joined-swarm.ts';
import { OutgoingQueue } from './outgoing-queue.ts';

export interface TrackerLinkComponents {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly clock: Clock;
  readonly random: UnitRandom;
}

export interface TrackerLinkInit {
  readonly endpoint: string;
  readonly tls: Tls | undefined;
  readonly hello: () => DeepPartial<AnnounceHello>;
  /** The tracker was found, or lost. */
  readonly onStateChange: () => void;
  readonly onRefusal: (swarm: JoinedSwarm, refusal: SwarmRefusal) => void;
}

/** `new` until the first try has come to something. */
export type LinkState = 'new' | 'up' | 'down';

/** The stream to one tracker, made again whenever it breaks, and the swarms announced on it. */
export class TrackerLink {
  readonly #components: TrackerLinkComponents;
  readonly #init: TrackerLinkInit;
  readonly #swarms = new Map<number, JoinedSwarm>();
  readonly #queue: OutgoingQueue;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #state: LinkState = 'new';
  #closing = false;

  constructor(components: TrackerLinkComponents, init: TrackerLinkInit) {
    this.#components = components;
    this.#init = init;
    this.#queue = new OutgoingQueue(components.clock);
    this.#running = this.#run();
  }

  get state(): LinkState {
    return this.#state;
  }

  /** The swarms announced on it, by handle. */
  get swarms(): ReadonlyMap<number, JoinedSwarm> {
    return this.#swarms;
  }

  get queue(): Pick<OutgoingQueue, 'join' | 'update' | 'report'> {
    return this.#queue;
  }

  add(swarm: JoinedSwarm): void {
    this.#swarms.set(swarm.handle, swarm);
    this.#queue.join(swarm);
  }

  remove(swarm: JoinedSwarm): void {
    this.#swarms.delete(swarm.handle);
    this.#queue.leave(swarm);
  }

  /** Leaves every swarm, then ends the stream; within a deadline. */
  async close(): Promise<void> {
    this.#closing = true;
    for (const swarm of [...this.#swarms.values()]) this.remove(swarm);
    this.#queue.end();
    if (this.#state !== 'up') this.#stop.abort();
    await withDeadline(this.#running, CLOSE_DEADLINE_MS, () => this.#stop.abort());
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, random, logger } = this.#components;
    const { endpoint } = this.#init;
    const { signal } = this.#stop;
    for (let failures = 1; !this.#isClosing(); failures++) {
      try {
        await this.#stream(signal);
      } catch (error) {
        if (!signal.aborted) logger.warn({ err: error, endpoint }, 'lost the tracker; trying again');
      }
      if (this.#isClosing()) return;
      if (this.#state === 'up') failures = 1;
      this.#change('down');
      await pause(clock, backoffMs(failures, { ...RECONNECT_BACKOFF, random }), signal);
    }
  }

  /** Closing comes from outside, between two steps of a loop: a call, so that the compiler does not think it constant. */
  #isClosing(): boolean {
    return this.#closing;
  }

  /** One connection, from its making to its end; a new channel looks the endpoint's name up again. */
  async #stream(closed: AbortSignal): Promise<void> {
    const { endpoint, tls, hello } = this.#init;
    const over = new AbortController();
    const signal = AbortSignal.any([closed, over.signal]);
    const channel = createGrpcChannel(this.#components, { endpoint, tls });
    try {
      this.#queue.reset(this.#swarms.values());
      const requests = this.#queue.messages(hello(), signal);
      const stream = channel.client(TrackerServiceDefinition).announce(requests, { signal });
      const responses = stream[Symbol.asyncIterator]();
      let next = await withDeadline(responses.next(), WELCOME_DEADLINE_MS, () => raiseNoWelcome(endpoint));
      this.#change('up');
      while (next.done !== true) {
        this.#receive(next.value);
        next = await responses.next();
      }
    } finally {
      over.abort();
      channel.close();
    }
  }

  #receive({ peers, refusals, reported }: AnnounceResponse): void {
    for (const swarm of peers) {
      const addresses = swarm.peers.map(addressOf).filter((address) => address !== undefined);
      if (addresses.length > 0) this.#swarms.get(swarm.handle)?.onPeers(addresses);
    }
    for (const handle of reported) this.#swarms.get(handle)?.onReported();
    for (const refusal of refusals) {
      const swarm = this.#swarms.get(refusal.handle);
      if (swarm !== undefined) this.#init.onRefusal(swarm, refusal);
    }
  }

  #change(state: LinkState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#init.onStateChange();
  }
}

function addressOf({ address, port }: { address: Uint8Array; port: number }): PeerAddress | undefined {
  if ((address.length !== 4 && address.length !== 16) || port < 1 || port > 65_535) return undefined;
  return { host: formatIpAddress(address), port };
}

function raiseNoWelcome(endpoint: string): never {
  throw new ShoalError({
    code: 'SHOAL_ANNOUNCE_NO_WELCOME',
    status: Status.DEADLINE_EXCEEDED,
    message: `the tracker ${endpoint} did not answer the hello within ${WELCOME_DEADLINE_MS} ms`,
    remedy: 'Check that the tracker runs and can be reached; another shard is used meanwhile.',
  });
}
