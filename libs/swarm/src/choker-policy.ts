import type { PeerHandle } from './core-sink.ts';

/** What a choker policy may judge an interested peer by. Rates in bytes per second, times in milliseconds. */
export interface ChokerCandidate {
  readonly handle: PeerHandle;
  readonly isUnchoked: boolean;
  readonly unchokedAt: number;
  readonly downloadRate: number;
  readonly uploadRate: number;
  /** Payload bytes sent to it, and received from it. */
  readonly uploaded: number;
  readonly downloaded: number;
  readonly isSnubbed: boolean;
}

/** Chooses whom to send to. */
export interface ChokerPolicy {
  /** Returns at most `slots` of the candidates; the others are choked. Called about once a second. */
  choose(candidates: readonly ChokerCandidate[], slots: number, now: number): readonly PeerHandle[];
}
