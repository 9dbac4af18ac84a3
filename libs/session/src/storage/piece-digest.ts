import { createHash, hash } from 'node:crypto';
import { BLOCK_SIZE, HASH_LENGTH, merkleRoot } from '@shoal/protocol/merkle';
import type { DigestKinds, ExpectedHash, PieceDigests } from './jobs.ts';

const ZEROS = new Uint8Array(BLOCK_SIZE);

/** SHA-1 of pieces that arrive in parts (BEP 3). */
class Sha1Piece {
  #hash = createHash('sha1');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** Takes `count` zeros. */
  pad(count: number): void {
    for (let left = count; left > 0; left -= ZEROS.length) {
      this.#hash.update(left < ZEROS.length ? ZEROS.subarray(0, left) : ZEROS);
    }
  }

  /** The digest of what was taken; the next piece starts. */
  finish(): Uint8Array {
    const digest = this.#hash.digest();
    this.#hash = createHash('sha1');
    return digest;
  }
}

/** SHA-256 of each 16 KiB block of content that arrives in parts, each but the last a multiple of 16 KiB. */
export class BlockDigester {
  #digests: Uint8Array[] = [];

  update(bytes: Uint8Array): void {
    for (let start = 0; start < bytes.length; start += BLOCK_SIZE) {
      this.#digests.push(hash('sha256', bytes.subarray(start, start + BLOCK_SIZE), 'buffer'));
    }
  }

  /** The packed digests of what was taken; starts over. */
  digests(): Uint8Array {
    const packed = pack(this.#digests, HASH_LENGTH);
    this.#digests = [];
    return packed;
  }
}

/** Merkle roots of pieces that arrive in parts, each but a piece's last a multiple of 16 KiB (BEP 52). */
class MerklePiece {
  readonly #leaves = new BlockDigester();

  update(bytes: Uint8Array): void {
    this.#leaves.update(bytes);
  }

  /** The root of a tree `width` leaves wide; the next piece starts. */
  finish(width: number): Uint8Array {
    return merkleRoot(this.#leaves.digests(), width);
  }
}

/** Digests of consecutive pieces, each of which arrives in parts. */
export class PieceDigester {
  readonly #kinds: DigestKinds;
  readonly #sha1Piece = new Sha1Piece();
  readonly #merklePiece = new MerklePiece();
  readonly #sha1: Uint8Array[] = [];
  readonly #sha256: Uint8Array[] = [];

  constructor(kinds: DigestKinds) {
    this.#kinds = kinds;
  }

  /** Takes content; every part but a piece's last is a multiple of 16 KiB. */
  update(bytes: Uint8Array): void {
    if (this.#kinds.sha1) this.#sha1Piece.update(bytes);
    if (this.#kinds.sha256) this.#merklePiece.update(bytes);
  }

  /** Ends a piece: `padding` zeros follow on the v1 side, its Merkle tree is `width` leaves wide. */
  endPiece(padding: number, width: number): void {
    if (this.#kinds.sha1) {
      this.#sha1Piece.pad(padding);
      this.#sha1.push(this.#sha1Piece.finish());
    }
    if (this.#kinds.sha256) this.#sha256.push(this.#merklePiece.finish(width));
  }

  digests(): PieceDigests {
    return { sha1: pack(this.#sha1, SHA1_LENGTH), sha256: pack(this.#sha256, HASH_LENGTH) };
  }
}

/** Bytes of a SHA-1 digest. */
export const SHA1_LENGTH = 20;

/** Compares a piece that arrives in parts (each but the last a multiple of 16 KiB) with its expected hash. */
export class PieceVerifier {
  readonly #expected: ExpectedHash;
  readonly #sha1 = new Sha1Piece();
  readonly #merkle = new MerklePiece();
  #taken = 0;

  constructor(expected: ExpectedHash) {
    this.#expected = expected;
  }

  update(bytes: Uint8Array): void {
    if (this.#expected.algorithm === 'sha1') {
      this.#sha1.update(bytes);
      return;
    }
    // What lies behind the content is padding of the v1 side: no part of the tree.
    this.#merkle.update(bytes.subarray(0, Math.max(0, this.#expected.length - this.#taken)));
    this.#taken += bytes.length;
  }

  matches(): boolean {
    const { digest } = this.#expected;
    const found =
      this.#expected.algorithm === 'sha1' ? this.#sha1.finish() : this.#merkle.finish(this.#expected.width);
    return Buffer.compare(found, digest) === 0;
  }
}

function pack(digests: readonly Uint8Array[], length: number): Uint8Array {
  const packed = new Uint8Array(digests.length * length);
  digests.forEach((digest, index) => {
    packed.set(digest, index * length);
  });
  return packed;
}
