import { METADATA_PIECE_SIZE } from '@shoal/protocol';
import { MAX_PIECE_REQUESTS } from './constants.ts';
import type { MetadataSource } from './metadata-source.ts';

/**
 * An `info` dictionary of one length in the making. Nobody vouches for its pieces one by one, only for the whole: when that
 * turns out to be false and several have sent it, each sends all of it in turn, until it is right.
 */
export class MetadataAssembly {
  /** Bytes, as peers say. */
  readonly size: number;
  readonly #pieces: (Uint8Array | undefined)[] = [];
  /** Requests under way, by piece. */
  readonly #requests: Uint8Array;
  readonly #senders = new Set<MetadataSource>();
  #heldBytes = 0;
  #isDisputed = false;
  /** Whose turn it is, while it is disputed. */
  #owner: MetadataSource | undefined;

  constructor(size: number) {
    this.size = size;
    this.#requests = new Uint8Array(Math.ceil(size / METADATA_PIECE_SIZE));
  }

  /** Bytes of pieces that are there. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  get isWhole(): boolean {
    return this.#heldBytes === this.size;
  }

  /** A piece to ask this source for; undefined when there is none, or it is not its turn. */
  next(isAsked: (piece: number) => boolean, source: MetadataSource): number | undefined {
    if (this.#isDisputed) this.#owner ??= source;
    if (this.#isDisputed && this.#owner !== source) return undefined;
    let second: number | undefined;
    for (let piece = 0; piece < this.#requests.length; piece += 1) {
      const requests = this.#requests[piece] ?? 0;
      if (this.#pieces[piece] !== undefined || isAsked(piece)) continue;
      if (requests === 0) return piece;
      if (requests < MAX_PIECE_REQUESTS) second ??= piece;
    }
    return second;
  }

  /** A piece was asked for, or, with -1, will not come. */
  countRequest(piece: number, change: 1 | -1): void {
    this.#requests[piece] = (this.#requests[piece] ?? 0) + change;
  }

  /** A piece came. */
  put(piece: number, data: Uint8Array, from: MetadataSource): void {
    if (this.#pieces[piece] !== undefined) return;
    this.#pieces[piece] = Uint8Array.from(data);
    this.#heldBytes += data.length;
    this.#senders.add(from);
  }

  /** All of it. */
  join(): Uint8Array {
    return new Uint8Array(Buffer.concat(this.#pieces.filter((piece) => piece !== undefined)));
  }

  /** What was put together is false. Returns who is to blame, if that is known. */
  refute(): MetadataSource | undefined {
    const [first, ...others] = this.#senders;
    this.#isDisputed = true;
    this.#clear();
    return others.length === 0 ? first : undefined;
  }

  /** A source is gone, or keeps us waiting. */
  pass(source: MetadataSource): void {
    if (this.#owner === source) this.#clear();
  }

  #clear(): void {
    this.#pieces.length = 0;
    this.#senders.clear();
    this.#heldBytes = 0;
    this.#owner = undefined;
  }
}
