import type { Entries, PieceGeometry } from '@shoal/protocol';
import { JOB_FILES } from './constants.ts';
import type { FileSpan, PieceSlice } from './jobs.ts';
import type { TreeDigests } from './tree-digests.ts';
import { entryPath } from './tree-layout.ts';

/** Consecutive pieces that fill a buffer and are hashed and written by one job: many small files, or one large piece. */
export interface IngestBatch {
  readonly firstPiece: number;
  /** In the order of the stream, which has no padding. */
  readonly pieces: readonly PieceSlice[];
  readonly writes: readonly FileSpan[];
  /** Bytes of the stream. */
  readonly length: number;
}

/** Bytes of content in a piece: what it has of the stream. */
export function contentOf(geometry: PieceGeometry, piece: number): number {
  return geometry.spans(piece).reduce((sum, span) => sum + span.length, 0);
}

/** The files that hold content of the pieces from `first` to before `end`, each once. */
export function* filesOfPieces(
  root: string,
  entries: Entries,
  geometry: PieceGeometry,
  first: number,
  end: number,
): Generator<string, undefined> {
  let last = -1;
  for (let piece = first; piece < end; piece += 1) {
    for (const { fileIndex } of geometry.spans(piece)) {
      const entry = fileIndex === last ? undefined : entries.at(fileIndex);
      last = fileIndex;
      if (entry !== undefined) yield entryPath(root, entry);
    }
  }
  return undefined;
}

/** The batches of a tree's stream from a piece on. No batch is longer than `bufferLength`, which holds any piece. */
export function* planBatches(
  root: string,
  entries: Entries,
  digests: TreeDigests,
  fromPiece: number,
  bufferLength: number,
): Generator<IngestBatch, undefined> {
  const { geometry } = digests;
  let batch = new BatchBuilder(fromPiece);
  for (let piece = fromPiece; piece < geometry.pieceCount; piece += 1) {
    if (batch.length + contentOf(geometry, piece) > bufferLength || batch.pieces.length >= JOB_FILES) {
      yield batch;
      batch = new BatchBuilder(piece);
    }
    batch.add(root, entries, digests, piece);
  }
  if (batch.pieces.length > 0) yield batch;
  return undefined;
}

class BatchBuilder implements IngestBatch {
  readonly firstPiece: number;
  readonly pieces: PieceSlice[] = [];
  readonly writes: FileSpan[] = [];
  length = 0;

  constructor(firstPiece: number) {
    this.firstPiece = firstPiece;
  }

  add(root: string, entries: Entries, digests: TreeDigests, piece: number): void {
    const spans = digests.geometry.spans(piece);
    const start = this.length;
    for (const span of spans) {
      const entry = entries.at(span.fileIndex);
      // Geometry names files of these entries only.
      if (entry === undefined) throw new RangeError(`file ${String(span.fileIndex)} of a tree`);
      this.#write(entryPath(root, entry), span.fileOffset, span.length);
    }
    const length = this.length - start;
    const padding = digests.geometry.pieceSize(piece) - length;
    this.pieces.push({ start, length, padding, width: digests.leafWidth(spans) });
  }

  /** Adds a stretch of a file; one that goes on where the last ended is written in one go with it. */
  #write(path: string, fileOffset: number, length: number): void {
    const last = this.writes.at(-1);
    if (last?.path === path && last.fileOffset + last.length === fileOffset) {
      this.writes[this.writes.length - 1] = { ...last, length: last.length + length };
    } else {
      this.writes.push({ path, fileOffset, start: this.length, length });
    }
    this.length += length;
  }
}
