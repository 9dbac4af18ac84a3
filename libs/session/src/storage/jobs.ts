/** A stretch of a file, and where its bytes lie in a buffer or a piece. */
export interface FileSpan {
  /** Absolute path. */
  readonly path: string;
  /** Where the stretch starts in the file, in bytes. */
  readonly fileOffset: number;
  /** Where it starts in the buffer or piece, in bytes. */
  readonly start: number;
  readonly length: number;
  /** The length that the whole file must have, where that matters. */
  readonly fileLength?: number;
  /** Whether writing makes the file when it is not there. */
  readonly mayCreate?: boolean;
}

/** What a piece must hash to. */
export type ExpectedHash =
  | { readonly algorithm: 'sha1'; readonly digest: Uint8Array }
  /** Root of a Merkle tree `width` leaves wide over the first `length` bytes (BEP 52). */
  | {
      readonly algorithm: 'sha256';
      readonly digest: Uint8Array;
      readonly width: number;
      readonly length: number;
    };

/** Packed digests of consecutive pieces, 20 and 32 bytes each; empty when not asked for. */
export interface PieceDigests {
  readonly sha1: Uint8Array;
  readonly sha256: Uint8Array;
}

/** Which digests to make. */
export interface DigestKinds {
  readonly sha1: boolean;
  readonly sha256: boolean;
}

/** A piece that lies in a buffer. */
export interface PieceSlice {
  readonly start: number;
  /** Bytes of content. */
  readonly length: number;
  /** Zeros that follow the content on the v1 side of a hybrid (BEP 47), in bytes. */
  readonly padding: number;
  /** Leaves under the piece's Merkle root. */
  readonly width: number;
}

/** Hashes the pieces of a buffer and writes its spans to their files. */
export interface DigestJob extends DigestKinds {
  readonly kind: 'digest';
  readonly bytes: Uint8Array;
  readonly pieces: readonly PieceSlice[];
  readonly writes: readonly FileSpan[];
}

/** Hashes a buffer, and writes its spans if the hash is the expected one. Answers whether it was. */
export interface VerifyAndWriteJob {
  readonly kind: 'verify-and-write';
  readonly bytes: Uint8Array;
  readonly expected: ExpectedHash;
  readonly writes: readonly FileSpan[];
}

/** Hashes what the files hold of a piece. Answers whether the hash is the expected one; missing files are a mismatch. */
export interface VerifyFilesJob {
  readonly kind: 'verify-files';
  readonly piece: FilePiece;
  readonly expected: ExpectedHash;
}

/** A piece that lies in files. */
export interface FilePiece {
  /** In order; what they leave out of the piece is padding, hashed as zeros. */
  readonly spans: readonly FileSpan[];
  /** Bytes, padding included. */
  readonly size: number;
}

/** A piece to be hashed where it lies. */
export interface UnhashedPiece extends FilePiece {
  /** Leaves under the piece's Merkle root; its content is the only span. Not used without `sha256`. */
  readonly width: number;
}

/** Hashes pieces where they lie. Fails with ESTALE when a file has not the length its span names. */
export interface HashFilesJob extends DigestKinds {
  readonly kind: 'hash-files';
  readonly pieces: readonly UnhashedPiece[];
}

/** Hashes each 16 KiB block of a buffer, or of a piece that lies in files, with SHA-256; answers the packed digests. */
export interface DigestBlocksJob {
  readonly kind: 'digest-blocks';
  readonly content: Uint8Array | FilePiece;
}

/** A file to lay out. */
export interface LayoutFile {
  readonly path: string;
  readonly length: number;
  readonly mode: number;
}

/** A symlink to lay out; `target` is what it says. */
export interface LayoutSymlink {
  readonly path: string;
  readonly target: string;
}

/** Makes directories, then files of the right length and mode, then symlinks; keeps what is right already. */
export interface LayoutJob {
  readonly kind: 'layout';
  /** Parents before children. */
  readonly directories: readonly string[];
  readonly files: readonly LayoutFile[];
  readonly symlinks: readonly LayoutSymlink[];
}

/** What a {@link PlaceJob} moves. */
export interface FileMove {
  readonly from: string;
  readonly to: string;
}

/** Renames files, then removes symlinks, then directories that are empty; what is not there is passed over. */
export interface PlaceJob {
  readonly kind: 'place';
  readonly moves: readonly FileMove[];
  readonly symlinks: readonly string[];
  /** Children before parents. */
  readonly directories: readonly string[];
}

/**
 * Makes a file that was laid out share its blocks with the file at `from` (reflink), whatever that holds. The file stays as it
 * was laid out when there is none of its length at `from` (`unlike`), or the file system cannot do that (`unsupported`).
 */
export interface CloneFileJob {
  readonly kind: 'clone-file';
  /** Absolute path. */
  readonly from: string;
  readonly file: LayoutFile;
}

/** What became of a {@link CloneFileJob}. */
export type CloneOutcome = 'cloned' | 'unlike' | 'unsupported';

/**
 * Copies a piece that lies in one file from the same place in the file at `from`, and hashes what it copies. Answers whether
 * the hash is the expected one; a file at `from` that cannot be read is a mismatch.
 */
export interface CopyPieceJob {
  readonly kind: 'copy-piece';
  /** Absolute path. */
  readonly from: string;
  /** Where it goes; `fileLength` is that of both files. */
  readonly to: FileSpan & { readonly fileLength: number };
  readonly expected: ExpectedHash;
}

/** What hashing threads do. */
export type HashJob =
  | DigestJob
  | DigestBlocksJob
  | VerifyAndWriteJob
  | VerifyFilesJob
  | HashFilesJob
  | LayoutJob
  | PlaceJob
  | CloneFileJob
  | CopyPieceJob;

/** What each kind of job answers. */
export interface JobResults {
  readonly digest: PieceDigests;
  readonly 'digest-blocks': Uint8Array;
  readonly 'verify-and-write': boolean;
  readonly 'verify-files': boolean;
  readonly 'hash-files': PieceDigests;
  readonly layout: true;
  readonly place: true;
  readonly 'clone-file': CloneOutcome;
  readonly 'copy-piece': boolean;
}

/** A failure as it crosses from a thread: `errno` is the system's code (ENOSPC, …) where there is one. */
export interface JobFailure {
  readonly errno: string | undefined;
  readonly message: string;
  readonly path: string | undefined;
}

/** Sent to a thread. */
export interface JobRequest {
  readonly id: number;
  readonly job: HashJob;
}

/** Sent back: exactly one for each request. */
export type JobResponse =
  | { readonly id: number; readonly result: JobResults[HashJob['kind']] }
  | { readonly id: number; readonly failure: JobFailure };
