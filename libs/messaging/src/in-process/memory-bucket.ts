import type { Bucket, BucketEntry, BucketSpec } from '../bucket.ts';
import { MessagingError } from '../errors.ts';
import { checkKey, checkMessage } from '../message-rules.ts';

/** A bucket in memory. */
export class MemoryBucket implements Bucket {
  readonly #spec: BucketSpec;
  readonly #assertOpen: () => void;
  readonly #entries = new Map<string, BucketEntry>();
  #bytes = 0;
  #revision = 0;

  /** @param assertOpen throws when the bus is closed. */
  constructor(spec: BucketSpec, assertOpen: () => void) {
    this.#spec = spec;
    this.#assertOpen = assertOpen;
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    await this.#begin(key);
    return this.#entries.get(key);
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    await this.#begin(key);
    return this.#write(key, value);
  }

  async create(key: string, value: Uint8Array): Promise<number> {
    await this.#begin(key);
    if (this.#entries.has(key)) throw this.#conflict(`"${key}" has a value already`);
    return this.#write(key, value);
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number> {
    await this.#begin(key);
    const last = this.#entries.get(key)?.revision;
    if (last !== revision)
      throw this.#conflict(`"${key}" is at revision ${last ?? 'none'}, not at ${revision}`);
    return this.#write(key, value);
  }

  async delete(key: string): Promise<void> {
    await this.#begin(key);
    this.#bytes -= this.#entries.get(key)?.value.byteLength ?? 0;
    this.#entries.delete(key);
  }

  async keys(): Promise<readonly string[]> {
    await Promise.resolve();
    this.#assertOpen();
    return [...this.#entries.keys()];
  }

  /** Every check is a rejection of the caller's promise, as it is over a network. */
  async #begin(key: string): Promise<void> {
    await Promise.resolve();
    this.#assertOpen();
    checkKey(key);
  }

  #write(key: string, value: Uint8Array): number {
    checkMessage(value);
    const bytes = this.#bytes - (this.#entries.get(key)?.value.byteLength ?? 0) + value.byteLength;
    if (bytes > this.#spec.maxBytes) {
      throw new MessagingError(
        'SHOAL_BUS_FULL',
        `bucket ${this.#spec.name} would exceed ${this.#spec.maxBytes} bytes`,
      );
    }
    this.#bytes = bytes;
    this.#revision += 1;
    this.#entries.set(key, { key, value: value.slice(), revision: this.#revision });
    return this.#revision;
  }

  #conflict(what: string): MessagingError {
    return new MessagingError('SHOAL_BUS_CONFLICT', `bucket ${this.#spec.name}: ${what}`);
  }
}
