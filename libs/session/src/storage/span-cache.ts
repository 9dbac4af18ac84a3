import { powerOfTwoAtLeast } from '@shoal/protocol';
import type { LentBytes } from '../ports/content-store.ts';
import { DEFAULT_SPAN_CACHE_BYTES, SPAN_BYTES } from './constants.ts';

/** Memory that is kept for the next spans, in bytes: eight whole ones, as many as are read at a time. */
const MAX_FREE_BYTES = 8 * SPAN_BYTES;
/** Smallest memory of a span in bytes, a page. Sizes are powers of two, so that most small files can take what others had. */
const MIN_MEMORY = 4_096;

interface CachedSpan {
  readonly memory: Uint8Array;
  /** The part of it that is used. */
  readonly bytes: Uint8Array;
  readonly loaded: Promise<void>;
  users: number;
  dropped: boolean;
}

/** Reads a span of a piece into `target`. */
export type SpanLoader = (target: Uint8Array) => Promise<void>;

/**
 * Spans read ahead, shared by all torrents of a process: the 16 KiB requests of many peers cost one read a span.
 * The least recently used span makes room; its memory is used again.
 */
export class SpanCache {
  readonly #capacity: number;
  /** In order of last use. */
  readonly #spans = new Map<string, CachedSpan>();
  #cachedBytes = 0;
  /** Memory to be used again, by its size. Without it a tree of small files leaves the memory of each to the collector. */
  readonly #free = new Map<number, Uint8Array[]>();
  #freeBytes = 0;
  #nextOwner = 0;

  /** @param capacityBytes memory for spans that are not being read, at least one of them; default 16 MiB */
  constructor(capacityBytes = DEFAULT_SPAN_CACHE_BYTES) {
    this.#capacity = Math.max(SPAN_BYTES, capacityBytes);
  }

  /** A prefix for the keys of one store, that no other has. */
  newOwner(): string {
    this.#nextOwner += 1;
    return `${String(this.#nextOwner)}/`;
  }

  /** Lends the span `key` of `length` bytes (at most {@link SPAN_BYTES}), loaded by `load` if it is not here. */
  async lend(key: string, length: number, load: SpanLoader): Promise<LentBytes> {
    const span = this.#take(key, length, load);
    span.users += 1;
    const release = (): void => {
      span.users -= 1;
      this.#recycle(span);
    };
    try {
      await span.loaded;
    } catch (error) {
      release();
      throw error;
    }
    return { bytes: span.bytes, release };
  }

  /** Forgets a span whose content changed. */
  drop(key: string): void {
    const span = this.#spans.get(key);
    if (span === undefined) return;
    this.#spans.delete(key);
    this.#cachedBytes -= span.memory.length;
    span.dropped = true;
    this.#recycle(span);
  }

  /** Forgets all spans of a store. */
  dropOwner(owner: string): void {
    for (const key of [...this.#spans.keys()]) {
      if (key.startsWith(owner)) this.drop(key);
    }
  }

  #take(key: string, length: number, load: SpanLoader): CachedSpan {
    const known = this.#spans.get(key);
    if (known !== undefined) {
      this.#spans.delete(key);
      this.#spans.set(key, known);
      return known;
    }
    // A small file is a span of its own, and takes little more than it needs.
    const size = Math.max(powerOfTwoAtLeast(length), MIN_MEMORY);
    this.#makeRoom(size);
    this.#cachedBytes += size;
    const memory = this.#takeFree(size) ?? Buffer.allocUnsafeSlow(size);
    const bytes = memory.subarray(0, length);
    const span: CachedSpan = { memory, bytes, loaded: load(bytes), users: 0, dropped: false };
    this.#spans.set(key, span);
    span.loaded.catch(() => {
      if (this.#spans.get(key) === span) this.drop(key);
    });
    return span;
  }

  /** Forgets the least recently used spans until so many bytes more fit. */
  #makeRoom(bytes: number): void {
    for (const oldest of this.#spans.keys()) {
      if (this.#cachedBytes + bytes <= this.#capacity) return;
      this.drop(oldest);
    }
  }

  #recycle(span: CachedSpan): void {
    if (!span.dropped || span.users > 0) return;
    const size = span.memory.length;
    // Too much of it: what is free may be of sizes that nobody asks for any more.
    if (this.#freeBytes + size > MAX_FREE_BYTES) {
      this.#free.clear();
      this.#freeBytes = 0;
    }
    const free = this.#free.get(size);
    if (free === undefined) this.#free.set(size, [span.memory]);
    else free.push(span.memory);
    this.#freeBytes += size;
  }

  #takeFree(size: number): Uint8Array | undefined {
    const memory = this.#free.get(size)?.pop();
    if (memory !== undefined) this.#freeBytes -= size;
    return memory;
  }
}
