import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { formatMagnet, joinMetainfo, type Metainfo } from '@shoal/protocol';
import { createHashPool, createTorrent } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoal } from '../e2e/support/cli.ts';
import { writeFiles } from '../e2e/support/sample-tree.ts';
import { startAria2 } from './drivers/contestant.ts';
import { READY_DEADLINE_MS, startLineProcess } from './drivers/stock-client.ts';

const LOOPBACK = '127.0.0.1';
const PIECE = 64 * 1024;
const FILES: Readonly<Record<string, number>> = {
  large: 11 * PIECE - 5,
  'bin/medium': 2 * PIECE + 1,
  small: 9,
};

const pool = createHashPool();
let scratch: string;
let source: string;
let undo: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-by-v1-'));
  source = join(scratch, 'source', 'web');
  await writeFiles(source, FILES);
});
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});
afterAll(async () => {
  await pool.close();
  await rm(scratch, { recursive: true, force: true });
});

/** A .torrent of a hybrid as clients write it that know no piece layers. */
async function makeBareTorrent(content: string): Promise<{ metainfo: Metainfo; torrentFile: string }> {
  const { metainfo } = await createTorrent(content, { pool, format: 'hybrid', pieceLength: PIECE });
  const bare = joinMetainfo({ infoBytes: metainfo.infoBytes, pieceLayers: new Map(), trackers: [] });
  const torrentFile = join(await mkdtemp(join(scratch, 'torrent-')), 'bare.torrent');
  await writeFile(torrentFile, bare.bytes);
  return { metainfo, torrentFile };
}

/** Fetches by the v1 half, and gives the path. */
async function fetchByV1(...args: readonly string[]): Promise<string> {
  const to = await mkdtemp(join(scratch, 'to-'));
  const { code, stdout, stderr } = await shoal('fetch', ...args, '--to', to);
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: expect.stringContaining('piece layers (v2) of this hybrid are not known') as string,
  });
  return stdout.trim();
}

async function expectSame(path: string, expected: string): Promise<void> {
  expect((await readFile(path)).equals(await readFile(expected)), path).toBe(true);
}

describe('shoal fetch of a hybrid whose only peer knows no piece layers', () => {
  it.skipIf(!isAvailable('libtorrent'))(
    'by magnet, from libtorrent, which rejects hash requests',
    async () => {
      const { metainfo, torrentFile } = await makeBareTorrent(source);
      const script = join(import.meta.dirname, 'seed-mode.py');
      const seeder = startLineProcess('/usr/bin/python3', [script, dirname(source), torrentFile]);
      undo.push(() => seeder.stop());
      const port = await seeder.waitForLine(
        'seeding',
        (line) => /^port (\d+)$/.exec(line)?.[1],
        READY_DEADLINE_MS,
      );
      const link = formatMagnet({
        infoHashV1: metainfo.infoHashV1!,
        infoHashV2: metainfo.infoHashV2!,
        trackers: [],
        peers: [{ host: LOOPBACK, port: Number(port) }],
      });
      const path = await fetchByV1(link);
      for (const file of Object.keys(FILES)) await expectSame(join(path, file), join(source, file));
    },
  );

  it.skipIf(!isAvailable('aria2'))('by such a .torrent file, from aria2, which knows no v2', async () => {
    // A single file: aria2 can seed no padding that is not on disk.
    const { torrentFile } = await makeBareTorrent(join(source, 'large'));
    const seeder = await startAria2({ torrentFile, directory: source, role: 'seeder' });
    undo.push(() => seeder.stop());
    await expectSame(
      await fetchByV1(torrentFile, '--peers', `${LOOPBACK}:${seeder.port}`),
      join(source, 'large'),
    );
  });
});
