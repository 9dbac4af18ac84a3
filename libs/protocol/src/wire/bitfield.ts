import { WireError } from './wire-error.ts';

/** A set of pieces in the layout of the `bitfield` message (BEP 3): high bit of the first byte is piece 0. */
export class Bitfield {
  /** Number of pieces. */
  readonly size: number;
  /** The wire form, `ceil(size / 8)` bytes. Read it only: writes would leave {@link count} behind. */
  readonly bytes: Uint8Array;
  #count: number;

  private constructor(size: number, bytes: Uint8Array, count: number) {
    this.size = size;
    this.bytes = bytes;
    this.#count = count;
  }

  /** A set of no pieces out of `size`. */
  static none(size: number): Bitfield {
    return new Bitfield(size, new Uint8Array(bitfieldLength(size)), 0);
  }

  /** A set of all of `size` pieces. */
  static all(size: number): Bitfield {
    const bytes = new Uint8Array(bitfieldLength(size)).fill(0xff);
    if (size % 8 !== 0) bytes[bytes.length - 1] = 0xff & (0xff << (8 - (size % 8)));
    return new Bitfield(size, bytes, size);
  }

  /**
   * Copies the wire form.
   * @throws WireError SHOAL_WIRE_BAD_BITFIELD when the length is wrong or spare bits are set
   */
  static fromBytes(size: number, wire: Uint8Array): Bitfield {
    if (wire.length !== bitfieldLength(size)) {
      throw new WireError(
        'SHOAL_WIRE_BAD_BITFIELD',
        `a bitfield of ${wire.length} bytes for ${size} pieces, which take ${bitfieldLength(size)}`,
      );
    }
    const bytes = Uint8Array.from(wire);
    const spareBits = (8 - (size % 8)) % 8;
    if (((bytes[bytes.length - 1] ?? 0) & ((1 << spareBits) - 1)) !== 0) {
      throw new WireError('SHOAL_WIRE_BAD_BITFIELD', 'a bitfield has bits set beyond the last piece');
    }
    return new Bitfield(size, bytes, countBits(bytes));
  }

  /** Number of pieces in the set. */
  get count(): number {
    return this.#count;
  }

  get isComplete(): boolean {
    return this.#count === this.size;
  }

  has(piece: number): boolean {
    return ((this.bytes[piece >> 3] ?? 0) & (0x80 >> (piece & 7))) !== 0;
  }

  /**
   * Adds a piece. Returns whether it was new.
   * @throws RangeError when `piece` is not below `size`
   */
  add(piece: number): boolean {
    this.#check(piece);
    if (this.has(piece)) return false;
    this.bytes[piece >> 3] = (this.bytes[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
    this.#count += 1;
    return true;
  }

  /**
   * Removes a piece. Returns whether it was there.
   * @throws RangeError when `piece` is not below `size`
   */
  delete(piece: number): boolean {
    this.#check(piece);
    if (!this.has(piece)) return false;
    this.bytes[piece >> 3] = (this.bytes[piece >> 3] ?? 0) & ~(0x80 >> (piece & 7));
    this.#count -= 1;
    return true;
  }

  clone(): Bitfield {
    return new Bitfield(this.size, Uint8Array.from(this.bytes), this.#count);
  }

  /** Number of pieces that are here and not in `other`, which must have the same size. */
  countMissingFrom(other: Bitfield): number {
    let count = 0;
    for (let at = 0; at < this.bytes.length; at += 1) {
      count += BITS_SET[(this.bytes[at] ?? 0) & ~(other.bytes[at] ?? 0)] ?? 0;
    }
    return count;
  }

  /** The pieces that are here and not in `other`, which must have the same size, ascending. */
  missingFrom(other: Bitfield): number[] {
    const pieces: number[] = [];
    const [own, others] = [wordsOf(this.bytes), wordsOf(other.bytes)];
    for (let index = 0; index < own.length; index += 1) {
      if (((own[index] ?? 0) & ~(others[index] ?? 0)) !== 0)
        this.#listMissing(other, index * 4, index * 4 + 4, pieces);
    }
    this.#listMissing(other, own.length * 4, this.bytes.length, pieces);
    return pieces;
  }

  #listMissing(other: Bitfield, start: number, end: number, pieces: number[]): void {
    for (let piece = start * 8; piece < Math.min(end * 8, this.size); piece += 1) {
      if (this.has(piece) && !other.has(piece)) pieces.push(piece);
    }
  }

  #check(piece: number): void {
    if (!Number.isInteger(piece) || piece < 0 || piece >= this.size) {
      throw new RangeError(`piece ${piece} of a torrent of ${this.size}`);
    }
  }
}

/** Length of the wire form of `size` pieces in bytes. */
export function bitfieldLength(size: number): number {
  return Math.ceil(size / 8);
}

/** Number of one bits in each byte value. */
const BITS_SET = Uint8Array.from({ length: 256 }, (_, byte) => byte.toString(2).replaceAll('0', '').length);

/** All of them but the last three at most, four at a time. They begin where their buffer does: see the factories. */
function wordsOf(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2);
}

function countBits(bytes: Uint8Array): number {
  let count = 0;
  for (const byte of bytes) count += BITS_SET[byte] ?? 0;
  return count;
}
