import type { Bitfield } from '@shoal/protocol';
import { type Random, shuffle } from './random.ts';

/**
 * The pieces that may be picked, sorted by how many peers have them. Pieces of equal availability form a bucket, so
 * that one more or one less moves a piece by one swap across a bucket's edge, whatever the number of pieces.
 * Peers that have everything need not be counted: they do not change the order.
 */
export class Availability {
  readonly #counts: Uint16Array;
  /** Pickable pieces in order of their buckets. */
  readonly #order: Int32Array;
  /** Where a piece stands in `#order`; -1 when it is not pickable. */
  readonly #position: Int32Array;
  /** End (exclusive) of each bucket in `#order`, by availability. The last is the number of pickable pieces. */
  readonly #ends: number[] = [0];
  /** No pickable piece is before it. */
  #lowest = 0;

  /**
   * Starts with no piece pickable.
   * @param counts peers that have each piece; shared by those that divide the pieces among them
   */
  constructor(pieceCount: number, counts = new Uint16Array(pieceCount)) {
    this.#counts = counts;
    this.#order = new Int32Array(pieceCount);
    this.#position = new Int32Array(pieceCount).fill(-1);
  }

  /** Number of pieces, pickable or not. */
  get pieceCount(): number {
    return this.#position.length;
  }

  /** Number of pickable pieces. */
  get length(): number {
    return this.#ends[this.#ends.length - 1] ?? 0;
  }

  /** Number of buckets; bucket n holds the pieces that n peers have. */
  get buckets(): number {
    return this.#ends.length;
  }

  bucketStart(bucket: number): number {
    return bucket === 0 ? 0 : this.bucketEnd(bucket - 1);
  }

  bucketEnd(bucket: number): number {
    return this.#ends[bucket] ?? this.length;
  }

  /** The piece at a place of the order, which must be below {@link length}. */
  pieceAt(index: number): number {
    return this.#order[index] ?? 0;
  }

  /** The first pickable piece of the torrent; the number of pieces when there is none. */
  get lowest(): number {
    while (this.#lowest < this.#position.length && !this.isPickable(this.#lowest)) this.#lowest += 1;
    return this.#lowest;
  }

  /** Whether the piece is pickable. */
  isPickable(piece: number): boolean {
    return (this.#position[piece] ?? -1) !== -1;
  }

  /** Peers counted that have the piece. */
  count(piece: number): number {
    return this.#counts[piece] ?? 0;
  }

  /** Makes all pieces that are not in `have` pickable, in random order. */
  addAllMissing(have: Bitfield, random: Random): void {
    const missing: number[] = [];
    for (let piece = 0; piece < have.size; piece += 1) if (!have.has(piece)) missing.push(piece);
    for (const piece of shuffle(missing, random)) this.add(piece);
  }

  /** Makes a piece pickable. */
  add(piece: number): void {
    if (this.#position[piece] !== -1) return;
    this.#lowest = Math.min(this.#lowest, piece);
    // The piece may have been counted by another that shares the counts.
    while (this.#ends.length <= this.count(piece)) this.#ends.push(this.length);
    const top = this.#ends.length - 1;
    this.#place(piece, this.length);
    this.#ends[top] = this.length + 1;
    for (let bucket = top; bucket > this.count(piece); bucket -= 1) this.#moveDown(piece, bucket);
  }

  /** Makes a piece unpickable: it is had, or being received. */
  remove(piece: number): void {
    if (this.#position[piece] === -1) return;
    const top = this.#ends.length - 1;
    for (let bucket = this.count(piece); bucket < top; bucket += 1) this.#moveUp(piece, bucket);
    this.#swapTo(piece, this.length - 1);
    this.#ends[top] = this.length - 1;
    this.#position[piece] = -1;
  }

  increment(piece: number): void {
    const bucket = this.count(piece);
    this.#counts[piece] = bucket + 1;
    while (this.#ends.length <= bucket + 1) this.#ends.push(this.length);
    if (this.#position[piece] !== -1) this.#moveUp(piece, bucket);
  }

  decrement(piece: number): void {
    const bucket = this.count(piece);
    this.#counts[piece] = bucket - 1;
    if (this.#position[piece] !== -1) this.#moveDown(piece, bucket);
  }

  #moveUp(piece: number, bucket: number): void {
    const last = this.bucketEnd(bucket) - 1;
    this.#swapTo(piece, last);
    this.#ends[bucket] = last;
  }

  #moveDown(piece: number, bucket: number): void {
    const first = this.bucketStart(bucket);
    this.#swapTo(piece, first);
    this.#ends[bucket - 1] = first + 1;
  }

  #swapTo(piece: number, index: number): void {
    const other = this.pieceAt(index);
    this.#place(other, this.#position[piece] ?? 0);
    this.#place(piece, index);
  }

  #place(piece: number, index: number): void {
    this.#order[index] = piece;
    this.#position[piece] = index;
  }
}
