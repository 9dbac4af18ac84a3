import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { HASH_LENGTH } from '../merkle/constants.ts';
import { merkleRoot } from '../merkle/merkle-tree.ts';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { layOutFiles } from './file-layout.ts';
import { createPieceGeometry, createPieceLayout, type PieceHash } from './piece-layout.ts';
import { createTestTorrent, testContent, type TestTorrentInit, type TestTree } from './test-torrents.ts';

const PIECE = 4 * BLOCK_SIZE;
const TREE: TestTree = {
  files: {
    a: testContent(PIECE + 100, 1),
    b: testContent(0),
    c: testContent(PIECE, 2),
    d: testContent(1, 3),
    e: testContent(2 * PIECE + BLOCK_SIZE + 1, 4),
  },
  symlinks: { c2: 'c' },
};

/** The digest of a piece's content, computed as a receiver would. */
function digestOf(expected: PieceHash, content: Buffer): Uint8Array {
  if (expected.kind === 'sha1') return createHash('sha1').update(content).digest();
  const leaves: Buffer[] = [];
  for (let at = 0; at < content.length; at += BLOCK_SIZE) {
    leaves.push(
      createHash('sha256')
        .update(content.subarray(at, at + BLOCK_SIZE))
        .digest(),
    );
  }
  return merkleRoot(new Uint8Array(Buffer.concat(leaves)), expected.leafWidth);
}

describe('createPieceLayout', () => {
  const formats: [string, TestTorrentInit][] = [
    ['v1', { format: 'v1' }],
    ['padded v1', { format: 'v1', padded: true }],
    ['v2', { format: 'v2' }],
    ['hybrid', { format: 'hybrid' }],
  ];

  it.each(formats)('covers every byte of a %s torrent once, in pieces that verify', (_, init) => {
    const { metainfo } = createTestTorrent(TREE, init);
    const layout = createPieceLayout(metainfo);
    const copies = Object.fromEntries(
      Object.entries(TREE.files).map(([path, { length }]) => [path, Buffer.alloc(length)]),
    );
    for (let piece = 0; piece < layout.pieceCount; piece += 1) {
      const bytes = Buffer.alloc(layout.pieceSize(piece));
      const spans = layout.spans(piece);
      for (const { fileIndex, fileOffset, length, pieceOffset } of spans) {
        const path = metainfo.files.at(fileIndex)?.path.join('/') ?? '';
        TREE.files[path]?.copy(bytes, pieceOffset, fileOffset, fileOffset + length);
        TREE.files[path]?.copy(copies[path] ?? Buffer.of(), fileOffset, fileOffset, fileOffset + length);
      }
      const expected = layout.pieceHash(piece);
      const covered = expected.kind === 'sha1' ? bytes : bytes.subarray(0, spans[0]?.length);
      const wanted = expected.kind === 'sha1' ? expected.digest : expected.root;
      expect(Buffer.from(digestOf(expected, covered)), `piece ${String(piece)}`).toEqual(Buffer.from(wanted));
    }
    expect(copies).toEqual(TREE.files);
  });

  it('gives the sizes that go over the wire', () => {
    const sizes = (init: TestTorrentInit) => {
      const layout = createPieceLayout(createTestTorrent(TREE, init).metainfo);
      return Array.from({ length: layout.pieceCount }, (_, piece) => layout.pieceSize(piece));
    };
    const tail = BLOCK_SIZE + 1;
    expect(sizes({ format: 'v2' })).toEqual([PIECE, 100, PIECE, 1, PIECE, PIECE, tail]);
    expect(sizes({ format: 'hybrid' })).toEqual(Array(7).fill(PIECE));
    expect(sizes({ format: 'v1' })).toEqual([...Array<number>(4).fill(PIECE), 101 + tail]);
  });

  it('verifies files of one piece by their root, in a tree as wide as they need', () => {
    const { metainfo } = createTestTorrent({
      files: { a: testContent(3 * BLOCK_SIZE), b: testContent(PIECE + 1) },
    });
    const layout = createPieceLayout(metainfo);
    expect(layout.pieceHash(0)).toMatchObject({ kind: 'sha256-merkle', leafWidth: 4 });
    expect(layout.pieceHash(2)).toMatchObject({ kind: 'sha256-merkle', leafWidth: 4 });
    const small = createPieceLayout(
      createTestTorrent({ files: { a: testContent(BLOCK_SIZE + 1) } }).metainfo,
    );
    expect(small.pieceHash(0)).toMatchObject({ leafWidth: 2 });
    const hash = layout.pieceHash(1);
    expect(hash.kind === 'sha256-merkle' && hash.root.length).toBe(HASH_LENGTH);
  });

  it('refuses pieces that are not there', () => {
    const layout = createPieceLayout(createTestTorrent(TREE).metainfo);
    for (const piece of [-1, layout.pieceCount, 0.5, Number.NaN]) {
      expect(() => layout.spans(piece)).toThrow(RangeError);
      expect(() => layout.pieceSize(piece)).toThrow(RangeError);
      expect(() => layout.pieceHash(piece)).toThrow(RangeError);
    }
  });

  it('finds pieces beyond 2^32 bytes', () => {
    const length = 2 ** 33 + 5;
    const entries = ['a', 'b'].map((name) => ({
      kind: 'file' as const,
      path: [name],
      length,
      executable: false,
    }));
    const geometry = createPieceGeometry(layOutFiles(entries, { format: 'v1', pieceLength: 2 ** 24 }));
    expect(geometry.spans(512)).toEqual([
      { fileIndex: 0, fileOffset: 2 ** 33, length: 5, pieceOffset: 0 },
      { fileIndex: 1, fileOffset: 0, length: 2 ** 24 - 5, pieceOffset: 5 },
    ]);
    expect(geometry.pieceSize(geometry.pieceCount - 1)).toBe(10);
  });
});
