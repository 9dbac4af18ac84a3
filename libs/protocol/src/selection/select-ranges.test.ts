import { describe, expect, it } from 'vitest';
import { createTestTorrent, testContent } from '../metainfo/test-torrents.ts';
import { selectRanges } from './select-ranges.ts';

const PIECE = 64 * 1024;
const FILES = { a: testContent(PIECE + 5), b: testContent(PIECE), c: testContent(0), d: testContent(7) };

/** Paths of what is wanted of a torrent of these files. */
function wanted(format: 'v1' | 'v2' | 'hybrid', ...indexes: readonly number[]): string[] {
  const { files } = createTestTorrent({ files: FILES }, { format, pieceLength: PIECE }).metainfo;
  const ranges = indexes.map((index) => ({ first: index, last: index }));
  const levelOf = selectRanges(files, ranges);
  return [...files].filter((file) => levelOf(file) === 'normal').map(({ path }) => path.join('/'));
}

describe('selectRanges', () => {
  it('counts files in the order of the torrent', () => {
    expect(wanted('v1', 0)).toEqual(['a']);
    expect(wanted('v1', 1, 3)).toEqual(['b', 'd']);
  });

  it.each(['v2', 'hybrid'] as const)('counts padding too in a %s torrent', (format) => {
    expect(wanted(format, 0)).toEqual(['a']);
    expect(wanted(format, 2, 4)).toEqual(['b', 'd']);
    expect(() => wanted(format, 1)).toThrow(expect.objectContaining({ code: 'SHOAL_SELECTION_NO_MATCH' }));
  });

  it('wants ranges, their ends included', () => {
    const { files } = createTestTorrent({ files: FILES }, { format: 'v1' }).metainfo;
    const levelOf = selectRanges(files, [{ first: 1, last: 200_000 }]);
    expect([...files].map((file) => levelOf(file))).toEqual(['skip', 'normal', 'normal', 'normal']);
  });
});
