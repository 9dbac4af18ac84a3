import { TokenBucket } from '@shoal/swarm';

/** One limit in one direction, which may be set, changed and lifted at any time. */
export class Limit {
  /** Undefined while there is no limit. */
  bucket: TokenBucket | undefined;
  /** Lanes that this limit keeps waiting. */
  waiting = 0;

  /** @param rate bytes per second; undefined for no limit */
  set(rate: number | undefined, now: number): void {
    if (rate === undefined) this.bucket = undefined;
    else if (this.bucket === undefined) this.bucket = new TokenBucket(rate, now);
    else this.bucket.setRate(rate, now);
  }

  /** Whether nothing may pass now. */
  isClosed(now: number): boolean {
    return this.bucket !== undefined && this.bucket.level(now) <= 0;
  }

  /** Milliseconds until something may pass. */
  opensIn(now: number): number {
    return this.bucket?.opensIn(now) ?? 0;
  }
}
