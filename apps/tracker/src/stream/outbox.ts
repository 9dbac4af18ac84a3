import type { AnnounceResponse, DeepPartial, SwarmRefusal } from '@shoal/contracts';
import type { Clock } from '@shoal/service';
import { FLUSH_INTERVAL_MS, MAX_WAITING_PEERS, MAX_WAITING_REFUSALS } from '../constants.ts';
import type { Peer } from '../swarms/peer.ts';
import type { Swarm } from '../swarms/swarm.ts';

interface WaitingSwarm {
  readonly swarm: Swarm;
  readonly peers: Set<Peer>;
}

/** What waits to be sent on one stream: bounded, and gathered so that many swarms share a message. */
export class Outbox {
  readonly #clock: Clock;
  readonly #dropped: (peers: number) => void;
  readonly #swarms = new Map<number, WaitingSwarm>();
  #refusals: SwarmRefusal[] = [];
  /** Handles; of swarms that are joined. */
  readonly #reported = new Set<number>();
  #waitingPeers = 0;
  #closed = false;
  #failure: unknown;
  #wake: () => void = () => undefined;

  constructor(clock: Clock, dropped: (peers: number) => void) {
    this.#clock = clock;
    this.#dropped = dropped;
  }

  /** Adds peers of a swarm, and its figures; those beyond the bound are dropped and counted. */
  peers(handle: number, swarm: Swarm, peers: readonly Peer[]): void {
    const waiting = this.#swarms.get(handle) ?? { swarm, peers: new Set<Peer>() };
    this.#swarms.set(handle, waiting);
    const room = MAX_WAITING_PEERS - this.#waitingPeers;
    if (peers.length > room) this.#dropped(peers.length - room);
    const before = waiting.peers.size;
    for (const peer of peers.slice(0, room)) waiting.peers.add(peer);
    this.#waitingPeers += waiting.peers.size - before;
    this.#wake();
  }

  /** Adds a refusal, unless too many wait: a client that reads none of them is not worth the memory. */
  refuse(refusal: SwarmRefusal): void {
    if (this.#refusals.length < MAX_WAITING_REFUSALS) this.#refusals.push(refusal);
    this.#wake();
  }

  /** Says that others have reported the host in a swarm; once, however often it is called meanwhile. */
  reported(handle: number): void {
    this.#reported.add(handle);
    this.#wake();
  }

  /** Nothing of this swarm is to be sent any more. */
  forget(handle: number): void {
    this.#waitingPeers -= this.#swarms.get(handle)?.peers.size ?? 0;
    this.#swarms.delete(handle);
    this.#reported.delete(handle);
  }

  /** Sends what waits, then ends; with `failure` if there is one. */
  close(failure?: unknown): void {
    this.#closed = true;
    this.#failure = failure;
    this.#wake();
  }

  /** The messages of the stream, made when there is something to send and the stream can take it. */
  async *messages(signal: AbortSignal): AsyncGenerator<DeepPartial<AnnounceResponse>, void, undefined> {
    while (!signal.aborted) {
      if (this.#swarms.size + this.#refusals.length + this.#reported.size > 0) {
        yield this.#gather();
        if (!this.#closed) await this.#clock.sleep(FLUSH_INTERVAL_MS, signal).catch(() => undefined);
      } else if (this.#closed) break;
      else await this.#somethingToSend(signal);
    }
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  #gather(): DeepPartial<AnnounceResponse> {
    const refusals = this.#refusals;
    const peers = Array.from(this.#swarms, ([handle, { swarm, peers }]) => ({
      handle,
      peers: Array.from(peers, ({ address, port, role, peerId }) => ({ address, port, role, peerId })),
      seeders: swarm.complete.size,
      leechers: swarm.incomplete.size,
    }));
    const reported = [...this.#reported];
    this.#refusals = [];
    this.#swarms.clear();
    this.#reported.clear();
    this.#waitingPeers = 0;
    return { peers, refusals, reported };
  }

  #somethingToSend(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#wake = wake;
      signal.addEventListener('abort', wake);
    });
  }
}
