import { MIN_RATE_LIMIT } from '../constants.ts';
import type { TrafficClass } from '../api/peer.ts';

/** The most payload that may pass, in bytes per second, MIN_RATE_LIMIT at least; no limit where nothing is said. */
export interface RateLimits {
  readonly upload?: number | undefined;
  readonly download?: number | undefined;
}

/** Limits of a session, over all of its torrents. */
export interface SessionLimits extends RateLimits {
  /** Further limits for all peers of a class together, by what they say they are in the extension handshake; for web seeds, `origin`. */
  readonly classes?: { readonly [C in TrafficClass]?: RateLimits };
}

/** A limit that cannot be kept. */
export class RateLimitError extends Error {
  override readonly name = 'RateLimitError';
  readonly code = 'SHOAL_RATE_LIMIT_INVALID';
  readonly remedy = `Give bytes per second, ${MIN_RATE_LIMIT} at least, or nothing for no limit.`;

  constructor(rate: number) {
    super(`cannot limit transfers to ${rate} bytes per second`);
  }
}

/** @throws RateLimitError */
export function checkRateLimits({ upload, download }: RateLimits): void {
  for (const rate of [upload, download]) {
    if (rate !== undefined && !(Number.isFinite(rate) && rate >= MIN_RATE_LIMIT))
      throw new RateLimitError(rate);
  }
}
