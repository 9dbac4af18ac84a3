/**
 * Where one torrent's bytes live. Piece numbers and offsets are those of the wire: on a hybrid or padded v1
 * torrent a piece includes its padding, which is never stored and reads as zeros.
 *
 * Operations on different pieces may run at the same time. Every method rejects with a `StoreError`.
 */
export interface ContentStore {
  /** Fills `target` with bytes of `piece` starting at `begin` (padding reads as zeros). */
  read(piece: number, begin: number, target: Uint8Array): Promise<void>;

  /**
   * Hashes the piece in `buffer` (a view over shared memory, exactly the piece's size long, padding zeroed) on a
   * hashing thread and, if it matches, writes it to its files. The caller leaves `buffer` alone until it settles.
   */
  verifyAndWrite(piece: number, buffer: Uint8Array): Promise<'verified' | 'mismatch'>;

  /** Hashes what the disk holds of `piece`; false when it is missing or different. */
  verifyExisting(piece: number): Promise<boolean>;

  /** Makes all that was written before the call durable (fsync). */
  sync(): Promise<void>;

  /** Moves to another root after the directory was renamed; open files follow. */
  relocate(root: string): void;

  /** Waits for running operations and closes every file. Idempotent. */
  close(): Promise<void>;
}
