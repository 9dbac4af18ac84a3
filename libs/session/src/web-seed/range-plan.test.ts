import { BLOCK_SIZE, type PieceLayout, type PieceSpan } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_RANGE_BYTES } from './constants.ts';
import { partsOf, takeRun } from './range-plan.ts';

function block(piece: number, index: number): { piece: number; begin: number; length: number } {
  return { piece, begin: index * BLOCK_SIZE, length: BLOCK_SIZE };
}

function layoutOf(spans: PieceSpan[]): PieceLayout {
  return {
    pieceCount: 1,
    pieceLength: 4 * BLOCK_SIZE,
    pieceSize: () => 4 * BLOCK_SIZE,
    spans: () => spans,
    pieceHash: () => ({ kind: 'sha1', digest: new Uint8Array(20) }),
  };
}

describe('a run of blocks', () => {
  it('ends where the next block is not adjacent', () => {
    const waiting = [block(0, 1), block(0, 2), block(0, 4), block(1, 0)];
    expect(takeRun(waiting)).toEqual([block(0, 1), block(0, 2)]);
    expect(takeRun(waiting)).toEqual([block(0, 4)]);
    expect(takeRun(waiting)).toEqual([block(1, 0)]);
    expect(waiting).toEqual([]);
  });

  it('has no more than MAX_RANGE_BYTES', () => {
    const most = MAX_RANGE_BYTES / BLOCK_SIZE;
    const waiting = Array.from({ length: most + 1 }, (_, index) => block(0, index));
    expect(takeRun(waiting)).toHaveLength(most);
    expect(waiting).toHaveLength(1);
  });
});

describe('the parts of a run', () => {
  const spans = [
    { fileIndex: 0, fileOffset: 500, pieceOffset: 0, length: BLOCK_SIZE + 10 },
    { fileIndex: 2, fileOffset: 0, pieceOffset: 2 * BLOCK_SIZE, length: BLOCK_SIZE + 1 },
  ];

  it('are the files and the padding between and behind them', () => {
    expect(partsOf([block(0, 1), block(0, 2), block(0, 3)], layoutOf(spans))).toEqual([
      { kind: 'file', fileIndex: 0, offset: 500 + BLOCK_SIZE, length: 10 },
      { kind: 'padding', length: BLOCK_SIZE - 10 },
      { kind: 'file', fileIndex: 2, offset: 0, length: BLOCK_SIZE + 1 },
      { kind: 'padding', length: BLOCK_SIZE - 1 },
    ]);
  });

  it('are of the run alone', () => {
    expect(partsOf([block(0, 0)], layoutOf(spans))).toEqual([
      { kind: 'file', fileIndex: 0, offset: 500, length: BLOCK_SIZE },
    ]);
  });
});
