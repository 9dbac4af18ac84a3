import { LINGER_QUIET } from './constants.ts';

/** How much a torrent is to give back; whatever is reached first. */
export interface SeedLimits {
  /** Payload sent by payload received and of use, over the torrent's whole life: 1 gives back what was taken. */
  readonly ratio?: number | undefined;
  /** How long to be complete in a session, all runs together; in milliseconds. */
  readonly seedMillis?: number | undefined;
}

/** The limit that was reached. */
export type SeedLimit = 'ratio' | 'seed-time';

/** What a decision goes by. */
export interface SeedFigures {
  /** `undefined`: nothing was received that could be given back. */
  readonly ratio: number | undefined;
  readonly seedMillis: number;
  /** Payload sent so far. */
  readonly uploaded: number;
  /** Connected peers that do not have everything. */
  readonly requesters: number;
}

/** Decides when a complete torrent has given enough. */
export interface SeedLimitPolicy {
  /** @param now Clock milliseconds, never before those of the last call */
  reached(figures: SeedFigures, now: number): SeedLimit | undefined;
}

/**
 * Stops at a limit, but never in front of those who are being served: while a peer that lacks pieces is connected it goes
 * on, unless nothing was sent for LINGER_QUIET, so that one who only stays holds nobody.
 */
export function createLingeringSeedLimit(limits: SeedLimits): SeedLimitPolicy {
  let uploaded = -1;
  let sentAt = 0;
  return {
    reached(figures, now) {
      if (figures.uploaded !== uploaded) sentAt = now;
      uploaded = figures.uploaded;
      const limit = limitOf(limits, figures);
      const isNeeded = figures.requesters > 0 && now - sentAt < LINGER_QUIET;
      return isNeeded ? undefined : limit;
    },
  };
}

function limitOf({ ratio, seedMillis }: SeedLimits, figures: SeedFigures): SeedLimit | undefined {
  if (ratio !== undefined && figures.ratio !== undefined && figures.ratio >= ratio) return 'ratio';
  return seedMillis !== undefined && figures.seedMillis >= seedMillis ? 'seed-time' : undefined;
}
