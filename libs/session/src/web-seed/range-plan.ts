import { BLOCK_SIZE, type BlockRange, type PieceLayout } from '@shoal/protocol';
import { MAX_RANGE_BYTES } from './constants.ts';

/** A run of bytes that is to be had from one place. */
export type RangePart =
  | { readonly kind: 'file'; readonly fileIndex: number; readonly offset: number; readonly length: number }
  /** Padding: zeros that no file has. */
  | { readonly kind: 'padding'; readonly length: number };

/**
 * Takes the first of the waiting blocks, and those that follow it without a gap in the same piece, up to MAX_RANGE_BYTES.
 * @param waiting loses what is taken
 */
export function takeRun(waiting: BlockRange[]): BlockRange[] {
  const run: BlockRange[] = [];
  let bytes = 0;
  for (;;) {
    const [next] = waiting;
    const last = run.at(-1);
    const isAdjacent = last === undefined || (last.piece === next?.piece && endOf(last) === next.begin);
    if (next === undefined || !isAdjacent || bytes + BLOCK_SIZE > MAX_RANGE_BYTES) return run;
    waiting.shift();
    run.push(next);
    bytes += next.length;
  }
}

/** Where the bytes of a run of adjacent blocks lie, in order: those of each file in one part. */
export function partsOf(run: readonly BlockRange[], layout: PieceLayout): RangePart[] {
  const [first] = run;
  const last = run.at(-1);
  if (first === undefined || last === undefined) return [];
  const end = endOf(last);
  const parts: RangePart[] = [];
  let at = first.begin;
  for (const { fileIndex, fileOffset, pieceOffset, length } of layout.spans(first.piece)) {
    const from = Math.max(at, pieceOffset);
    const to = Math.min(end, pieceOffset + length);
    if (from >= to) continue;
    if (from > at) parts.push({ kind: 'padding', length: from - at });
    parts.push({ kind: 'file', fileIndex, offset: fileOffset + from - pieceOffset, length: to - from });
    at = to;
  }
  if (at < end) parts.push({ kind: 'padding', length: end - at });
  return parts;
}

function endOf({ begin, length }: BlockRange): number {
  return begin + length;
}
