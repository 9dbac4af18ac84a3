import type { MetainfoEntry } from '@shoal/protocol';

/** Bytes in the memory of a store, which others may be reading too. */
export interface LentBytes {
  /** Never to be written to, and good until they are given back. */
  readonly bytes: Uint8Array;
  /** Gives them back: once. */
  release(): void;
}

/** What of a torrent is to be seen where it lives. */
export interface Arrangement {
  readonly isWanted: (entry: MetainfoEntry) => boolean;
  /** Whether every wanted piece is verified and written. Symlinks are made then, and not before. */
  readonly isFetched: boolean;
}

/**
 * Where one torrent's bytes live. Piece numbers and offsets are those of the wire: on a hybrid or padded v1
 * torrent a piece includes its padding, which is never stored and reads as zeros.
 *
 * Operations on different pieces may run at the same time. Every method rejects with a `StoreError`.
 */
export interface ContentStore {
  /**
   * Brings every file to where it belongs: those that are wanted into the tree, laid out in their full length; what there is
   * of others out of sight, from where it comes back when they are wanted. Called before anything else, whenever what is
   * wanted has changed, and when it is all there. Waits for operations that run, and holds others up.
   */
  arrange(arrangement: Arrangement): Promise<void>;

  /** Lends `length` bytes of `piece` starting at `begin` (padding reads as zeros). */
  lend(piece: number, begin: number, length: number): Promise<LentBytes>;

  /**
   * Hashes the piece in `buffer` (a view over shared memory, exactly the piece's size long, padding zeroed) on a
   * hashing thread and, if it matches, writes it to its files. The caller leaves `buffer` alone until it settles.
   */
  verifyAndWrite(piece: number, buffer: Uint8Array): Promise<'verified' | 'mismatch'>;

  /**
   * SHA-256 of each 16 KiB block of `piece`, packed, padding at its end left out: of what `buffer` holds, as for
   * {@link verifyAndWrite}, or else of what the disk does.
   */
  digestBlocks(piece: number, buffer?: Uint8Array): Promise<Uint8Array>;

  /** Hashes what the disk holds of `piece`; false when it is missing or different. */
  verifyExisting(piece: number): Promise<boolean>;

  /** Makes all that was written before the call durable (fsync). */
  sync(): Promise<void>;

  /** Moves to another root after the directory was renamed; open files follow. */
  relocate(root: string): void;

  /** Waits for running operations and closes every file. Idempotent. */
  close(): Promise<void>;
}
