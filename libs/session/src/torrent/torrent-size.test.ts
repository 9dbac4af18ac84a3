import { Bitfield, BLOCK_SIZE, createPieceLayout, parseMetainfo } from '@shoal/protocol';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createTorrent } from '../storage/create-torrent.ts';
import { createHashPool } from '../storage/hash-pool.ts';
import { payloadOf } from './torrent-size.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'shoal-size-'));
});

afterEach(() => rm(root, { recursive: true }));

it.each([
  // Each file begins a piece: its last block is whole, the blocks of padding behind it are not asked for.
  ['hybrid', [2 * BLOCK_SIZE, BLOCK_SIZE]],
  ['v2', [BLOCK_SIZE + 1, 5]],
] as const)('asks for whole blocks of a %s torrent, and not for padding alone', async (format, sizes) => {
  const pool = createHashPool();
  await writeFile(join(root, 'a'), Buffer.alloc(BLOCK_SIZE + 1));
  await writeFile(join(root, 'b'), Buffer.alloc(5));
  const { bytes } = await createTorrent(root, { pool, format, pieceLength: 4 * BLOCK_SIZE });
  await pool.close();
  const layout = createPieceLayout(parseMetainfo(bytes));
  for (const [piece, size] of sizes.entries()) {
    const have = Bitfield.none(layout.pieceCount);
    have.add(piece);
    expect(payloadOf(layout, format, have)).toBe(size);
  }
});
