import type { Entries, PieceGeometry, PieceSpan } from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { HASH_JOB_BYTES, JOB_FILES, JOBS_AHEAD } from './constants.ts';
import type { HashPool } from './hash-pool.ts';
import type { FileSpan, PieceDigests, UnhashedPiece } from './jobs.ts';
import { type HashedTree, type HashProfile, TreeDigests } from './tree-digests.ts';
import { StoreError } from '../ports/store-error.ts';
import { TreeError } from './tree-error.ts';
import { entryPath } from './tree-layout.ts';

export interface HashTreeOptions {
  readonly pool: HashPool;
  /** Told after each job: bytes of content hashed so far, and in all. */
  readonly onProgress?: (bytesDone: number, bytesTotal: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Hashes the files of a tree on all threads of the pool, several files and several parts of one file at a time.
 * Memory does not depend on the tree but for its digests: 32 bytes a piece (52 in hybrids).
 * @throws TreeError SHOAL_TREE_CHANGED when a file has not the length its entry names; StoreError; the signal's reason
 */
export async function hashTree(
  root: string,
  entries: Entries,
  profile: HashProfile,
  options: HashTreeOptions,
): Promise<HashedTree> {
  return (await digestTree(root, entries, new TreeDigests(entries, profile), options)).finish();
}

/**
 * The SHA-1 digests of a v1 or hybrid torrent's pieces, 20 bytes each, for a tree whose roots are known.
 * @throws as {@link hashTree}
 */
export async function hashV1Pieces(
  root: string,
  entries: Entries,
  profile: HashProfile,
  options: HashTreeOptions,
): Promise<Uint8Array> {
  const digests = new TreeDigests(entries, profile, { sha1: true, sha256: false });
  await digestTree(root, entries, digests, options);
  return digests.head(digests.geometry.pieceCount).sha1;
}

async function digestTree(
  root: string,
  entries: Entries,
  digests: TreeDigests,
  options: HashTreeOptions,
): Promise<TreeDigests> {
  let done = 0;
  await forEachLimited(cutIntoJobs(digests.geometry), options.pool.threads * JOBS_AHEAD, async (job) => {
    options.signal?.throwIfAborted();
    const pieces = job.pieces.map((piece) => unhashedPiece(root, entries, digests, piece));
    digests.add(job.first, await runHashJob(options.pool, pieces, digests));
    done += job.bytes;
    options.onProgress?.(done, digests.contentLength);
  });
  return digests;
}

interface HashPart {
  readonly first: number;
  readonly pieces: number[];
  readonly bytes: number;
}

/** Consecutive pieces, enough of them to be worth a trip to a thread. */
function* cutIntoJobs(geometry: PieceGeometry): Generator<HashPart> {
  let pieces: number[] = [];
  let bytes = 0;
  for (let piece = 0; piece < geometry.pieceCount; piece += 1) {
    pieces.push(piece);
    for (const span of geometry.spans(piece)) bytes += span.length;
    const last = piece === geometry.pieceCount - 1;
    if (!last && bytes < HASH_JOB_BYTES && pieces.length < JOB_FILES) continue;
    yield { first: piece - pieces.length + 1, pieces, bytes };
    pieces = [];
    bytes = 0;
  }
}

function unhashedPiece(root: string, entries: Entries, digests: TreeDigests, piece: number): UnhashedPiece {
  const spans = digests.geometry.spans(piece);
  return {
    spans: spans.map((span) => fileSpan(root, entries, span)),
    size: digests.geometry.pieceSize(piece),
    width: digests.leafWidth(spans),
  };
}

function fileSpan(root: string, entries: Entries, span: PieceSpan): FileSpan {
  const entry = entries.at(span.fileIndex);
  // Geometry names files of these entries only.
  if (entry?.kind !== 'file') throw new RangeError(`file ${String(span.fileIndex)} of a tree`);
  return {
    path: entryPath(root, entry),
    fileOffset: span.fileOffset,
    start: span.pieceOffset,
    length: span.length,
    fileLength: entry.length,
  };
}

async function runHashJob(
  pool: HashPool,
  pieces: UnhashedPiece[],
  digests: TreeDigests,
): Promise<PieceDigests> {
  try {
    return await pool.run({ kind: 'hash-files', pieces, ...digests.kinds });
  } catch (error) {
    if (!(error instanceof StoreError) || error.code !== 'SHOAL_STORE_MISSING') throw error;
    throw new TreeError('SHOAL_TREE_CHANGED', error.path ?? '', 'changed while it was read', error);
  }
}
