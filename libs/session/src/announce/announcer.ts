import type { AnnounceEvent, AnnounceRequest, TrackerPeer } from '@shoal/protocol';
import type { Random } from '@shoal/swarm';
import { type Schedule, systemSchedule } from '../system.ts';
import {
  FIRST_RETRY_MS,
  JITTER_PERCENT,
  MAX_INTERVAL_MS,
  MAX_RETRY_MS,
  MIN_INTERVAL_MS,
  STOP_DEADLINE_MS,
} from './constants.ts';
import { announceOnce } from './announce-once.ts';

/** Collaborators of an announcer. */
export interface AnnouncerComponents {
  readonly random: Random;
  /** @default the system's timers, which keep no process alive */
  readonly schedule?: Schedule;
}

export interface AnnouncerInit {
  /** Announce URL: HTTP, HTTPS or UDP. */
  readonly url: string;
  /** One of the torrent's info-hashes: a hybrid has an announcer for each. */
  readonly infoHash: AnnounceRequest['infoHash'];
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where we listen. */
  readonly port: number;
  /** Address that announces leave from, and so the one that the tracker hands out. @default the system's choice */
  readonly localAddress?: string | undefined;
  /** The figures of the moment, in bytes. */
  readonly figures: () => Pick<AnnounceRequest, 'uploaded' | 'downloaded' | 'left'>;
  /** Called with the peers of each answer. */
  readonly onPeers: (peers: readonly TrackerPeer[]) => void;
  /** Called with each failure; the announcer goes on after a pause. */
  readonly onError: (error: unknown) => void;
}

/** Keeps one torrent announced to one tracker. */
export interface Announcer {
  /** Announces that every piece is there, at once. */
  completed(): void;
  /**
   * Ends: waits for "completed" to arrive, if it is on its way, and announces "stopped" (unless "started" never arrived); for
   * each of them 3 s at most. Idempotent.
   */
  stop(): Promise<void>;
}

/** Starts announcing: "started" at once, then at the tracker's interval within 30 s … 1 h, later after failures. */
export function createAnnouncer(components: AnnouncerComponents, init: AnnouncerInit): Announcer {
  const announcer = new PeriodicAnnouncer(components, init);
  announcer.start();
  return announcer;
}

class PeriodicAnnouncer implements Announcer {
  readonly #components: Required<AnnouncerComponents>;
  readonly #init: AnnouncerInit;
  readonly #abort = new AbortController();
  #pendingEvent: AnnounceEvent | undefined = 'started';
  #isKnown = false;
  #trackerId: Uint8Array | undefined;
  #failures = 0;
  #cancelTimer: (() => void) | undefined;
  #running: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;

  constructor({ random, schedule = systemSchedule }: AnnouncerComponents, init: AnnouncerInit) {
    this.#components = { random, schedule };
    this.#init = init;
  }

  start(): void {
    this.#running ??= this.#announceNow();
  }

  completed(): void {
    // Before "started" has arrived, "left" of 0 says the same.
    if (this.#stopping !== undefined || !this.#isKnown) return;
    this.#pendingEvent = 'completed';
    this.#cancelTimer?.();
    this.start();
  }

  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  async #stop(): Promise<void> {
    if (this.#isTellingCompletion()) {
      const cancelDeadline = this.#components.schedule(() => this.#abort.abort(), STOP_DEADLINE_MS);
      while (this.#isTellingCompletion()) await this.#running;
      cancelDeadline();
    }
    this.#cancelTimer?.();
    this.#abort.abort();
    await this.#running;
    if (!this.#isKnown) return;
    try {
      await announceOnce(this.#components, this.#init.url, this.#request('stopped'), {
        deadlineMs: STOP_DEADLINE_MS,
        localAddress: this.#init.localAddress,
      });
    } catch (error) {
      this.#init.onError(error);
    }
  }

  #isTellingCompletion(): boolean {
    return this.#pendingEvent === 'completed' && this.#running !== undefined && !this.#abort.signal.aborted;
  }

  /** Never rejects. */
  async #announceNow(): Promise<void> {
    const event = this.#pendingEvent;
    let pauseMs: number;
    try {
      const response = await announceOnce(this.#components, this.#init.url, this.#request(event), {
        signal: this.#abort.signal,
        localAddress: this.#init.localAddress,
      });
      this.#isKnown = true;
      this.#failures = 0;
      this.#trackerId = response.trackerId ?? this.#trackerId;
      if (this.#pendingEvent === event) this.#pendingEvent = undefined;
      const wantedMs = Math.max(response.interval, response.minInterval ?? 0) * 1_000;
      pauseMs = Math.min(Math.max(wantedMs, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
      this.#init.onPeers(response.peers);
    } catch (error) {
      if (this.#abort.signal.aborted) return;
      pauseMs = Math.min(FIRST_RETRY_MS * 2 ** this.#failures, MAX_RETRY_MS);
      this.#failures += 1;
      this.#init.onError(error);
    }
    this.#running = undefined;
    this.#planNext(pauseMs);
  }

  #planNext(pauseMs: number): void {
    if (this.#abort.signal.aborted) return;
    // An event that came meanwhile does not wait for the interval, but does for a tracker that fails.
    if (this.#pendingEvent !== undefined && this.#failures === 0) {
      this.start();
      return;
    }
    const off = (pauseMs * this.#components.random.below(JITTER_PERCENT + 1)) / 100;
    this.#cancelTimer = this.#components.schedule(() => this.start(), pauseMs - off);
  }

  #request(event: AnnounceEvent | undefined): AnnounceRequest {
    const { infoHash, peerId, port, figures } = this.#init;
    return {
      infoHash,
      peerId,
      port,
      ...figures(),
      compact: true,
      noPeerId: true,
      ...(event === undefined ? {} : { event }),
      ...(event === 'stopped' ? { numwant: 0 } : {}),
      ...(this.#trackerId === undefined ? {} : { trackerId: this.#trackerId }),
    };
  }
}
