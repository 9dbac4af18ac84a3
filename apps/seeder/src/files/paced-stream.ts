import { Transform, type TransformCallback } from 'node:stream';
import type { Clock } from '@shoal/service';

/** A rate that streams share. */
export class Pace {
  readonly clock: Clock;
  readonly #rate: number;
  #freeAt = 0;

  /** @param rate bytes per second, above 0 */
  constructor(clock: Clock, rate: number) {
    this.clock = clock;
    this.#rate = rate;
  }

  /** Milliseconds to wait before `bytes` more may pass; they are taken as passed. */
  take(bytes: number): number {
    const now = this.clock.now();
    const wait = Math.max(0, this.#freeAt - now);
    this.#freeAt = now + wait + (bytes * 1_000) / this.#rate;
    return wait;
  }
}

/** Lets bytes through at a pace that it shares with others. */
export class PacedStream extends Transform {
  readonly #pace: Pace;
  readonly #ended = new AbortController();

  constructor(pace: Pace) {
    super();
    this.#pace = pace;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    const wait = this.#pace.take(chunk.length);
    if (wait === 0) {
      done(null, chunk);
      return;
    }
    this.#pace.clock.sleep(wait, this.#ended.signal).then(
      () => done(null, chunk),
      // Destroyed meanwhile: nobody waits for the chunk.
      () => done(),
    );
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#ended.abort();
    done(error);
  }
}
