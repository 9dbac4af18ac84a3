import type { BlockScheduler } from './block-scheduler.ts';
import type { Clock } from './clock.ts';
import type { PeerHandle } from './core-sink.ts';
import type { PeerState } from './peer-state.ts';
import type { Requester } from './requester.ts';

/** Keeps peers asked for blocks, as far as their windows let it, unless it is paused. */
export class RequestFiller {
  readonly #clock: Clock;
  readonly #scheduler: BlockScheduler;
  readonly #requester: Requester;
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;
  #isPaused = false;

  constructor(components: {
    readonly clock: Clock;
    readonly scheduler: BlockScheduler;
    readonly requester: Requester;
    readonly peers: ReadonlyMap<PeerHandle, PeerState>;
  }) {
    this.#clock = components.clock;
    this.#scheduler = components.scheduler;
    this.#requester = components.requester;
    this.#peers = components.peers;
  }

  /** Stops asking, or goes on. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.fillAll();
  }

  fill(peer: PeerState): void {
    if (!this.#isPaused) this.#requester.fill(peer, this.#clock.now());
  }

  /** Those that send come first: a block that a silent peer has kept waiting must not go to one like it again and again. */
  fillAll(): void {
    this.#scheduler.takeSlotShortage();
    for (const peer of this.#peers.values()) if (!peer.isSnubbed) this.fill(peer);
    for (const peer of this.#peers.values()) if (peer.isSnubbed) this.fill(peer);
  }

  /** A buffer is free again: those who waited for one may go on. */
  fillShort(): void {
    if (this.#scheduler.takeSlotShortage()) this.fillAll();
  }
}
