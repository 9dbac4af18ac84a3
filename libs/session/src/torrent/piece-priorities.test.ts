import type { MetainfoFile } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import type { Priority } from '../api/selection.ts';
import { toPiecePriorities } from './piece-priorities.ts';

function file(index: number, name: string, offset: number, length: number): MetainfoFile {
  return { kind: 'file', index, path: [name], offset, length, executable: false };
}

/** Pieces of 10: 0 is a, 1 is a and b, 2 is b and c, 3 is c, 4 is padding. */
const METAINFO = {
  pieceLength: 10,
  pieceCount: 5,
  files: [file(0, 'a', 0, 15), file(1, 'empty', 15, 0), file(2, 'b', 15, 10), file(3, 'c', 25, 15)],
};

describe('toPiecePriorities', () => {
  it.each<[Record<string, Priority>, number[]]>([
    [{ a: 1, b: 3, c: 2 }, [1, 3, 3, 2, 4]],
    [{ a: 0, b: 7, c: 0, empty: 7 }, [0, 7, 7, 0, 4]],
    [{ a: 0, b: 0, c: 5, empty: 7 }, [0, 0, 5, 5, 4]],
    [{ a: 4, b: 0, c: 0 }, [4, 4, 0, 0, 4]],
  ])('gives a piece the highest priority of its files: %o', (priorities, expected) => {
    const ofFile = ({ path }: { readonly path: readonly string[] }) => priorities[path[0]!] ?? 0;
    expect([...toPiecePriorities(METAINFO, { ofFile })!]).toEqual(expected);
  });

  it('puts single pieces above their files', () => {
    const pieces = toPiecePriorities(METAINFO, {
      ofFile: () => 0,
      ofPieces: new Map([
        [0, 7],
        [4, 0],
      ]),
    });
    expect([...pieces!]).toEqual([7, 0, 0, 0, 0]);
  });

  it.each([{}, { ofFile: () => 4 as const }, { ofPieces: new Map([[2, 4 as const]]) }])(
    'is nothing when all have the default',
    (priorities) => {
      expect(toPiecePriorities(METAINFO, priorities)).toBeUndefined();
    },
  );

  it.each([
    [5, 4],
    [-1, 4],
    [0.5, 4],
    [0, 8],
    [0, -1],
    [0, 0.5],
  ])('refuses piece %d with priority %d', (piece, priority) => {
    const ofPieces = new Map([[piece, priority as Priority]]);
    expect(() => toPiecePriorities(METAINFO, { ofPieces })).toThrow(RangeError);
  });
});
