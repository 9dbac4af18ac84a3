import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createMetainfo, type ManifestEntry, type MetainfoFormat } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createHashPool } from './hash-pool.ts';
import { hashTree } from './hash-tree.ts';
import { readTree } from './read-tree.ts';
import { scanTree } from './scan-tree.ts';
import { openStreamIngest, type StreamIngest } from './stream-ingest.ts';
import { collect, noise, temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';
import { verifyTree } from './verify-tree.ts';

const PIECE = 64 * 1024;
const MIB = 1024 * 1024;

const pool = createHashPool();
let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let sources: typeof directory;
let source: string;
let root: string;
let statePath: string;
let entries: ManifestEntry[];
let whole: Buffer;
const open: StreamIngest[] = [];

beforeAll(async () => {
  sources = await temporaryDirectory();
  source = sources.path;
  await writeTree(source, { ...VARIED_TREE, large: noise(9 * MIB + 5, 'large'), last: noise(77, 'last') });
});
beforeEach(async () => {
  directory = await temporaryDirectory();
  root = join(directory.path, 'incoming');
  statePath = join(directory.path, 'state');
  ({ entries } = await scanTree(source));
  whole = Buffer.concat(await collect(readTree(source, entries)));
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((ingest) => ingest.close()));
  await directory.remove();
});
afterAll(async () => {
  await sources.remove();
  await pool.close();
});

async function start(format: MetainfoFormat = 'v2', checkpointBytes?: number): Promise<StreamIngest> {
  const profile = { format, pieceLength: PIECE };
  const checkpoints = checkpointBytes === undefined ? {} : { checkpointBytes };
  const ingest = await openStreamIngest(pool, { root, entries, profile, statePath, ...checkpoints });
  open.push(ingest);
  return ingest;
}

async function send(ingest: StreamIngest, bytes: Uint8Array, chunkLength: number): Promise<void> {
  for (let at = 0; at < bytes.length; at += chunkLength)
    await ingest.write(bytes.subarray(at, at + chunkLength));
}

describe.each<MetainfoFormat>(['v1', 'v2', 'hybrid'])('a stream of a %s tree', (format) => {
  it.each([1_000, 100_003, 20 * MIB])(
    'in chunks of %i bytes gives the tree and its hashes',
    async (length) => {
      const ingest = await start(format);
      await send(ingest, whole, length);
      const hashed = await ingest.finish();
      const profile = { format, pieceLength: PIECE };
      expect(hashed).toEqual(await hashTree(source, entries, profile, { pool }));
      expect(ingest.durableOffset).toBe(whole.length);
      const swarm = { version: 1, private: true, ...profile } as const;
      const { metainfo } = createMetainfo({ name: 'fixture', profile: swarm, ...hashed });
      expect(await verifyTree(root, metainfo, { pool })).toEqual({ missing: [], damaged: [], extra: [] });
    },
  );

  it('goes on after a crash from what was durable', async () => {
    const first = await start(format, 2 * MIB);
    await send(first, whole.subarray(0, 7 * MIB), 50_000);
    const offset = first.durableOffset;
    expect(offset).toBeGreaterThan(0);
    // No `close`: the process died. What was written behind the checkpoint may be anything.
    await writeFile(join(root, 'last'), noise(77, 'garbage'));
    const second = await start(format);
    expect(second.durableOffset).toBe(offset);
    await send(second, whole.subarray(offset), 50_000);
    const hashed = await second.finish();
    expect(hashed).toEqual(await hashTree(source, entries, { format, pieceLength: PIECE }, { pool }));
    expect(Buffer.concat(await collect(readTree(root, entries))).equals(whole)).toBe(true);
  });
});

describe('an ingest', () => {
  it('makes what it has durable when it is closed', async () => {
    const first = await start();
    await send(first, whole.subarray(0, 6 * MIB), 50_000);
    await first.close();
    expect(first.durableOffset).toBeGreaterThan(0);
    expect((await start()).durableOffset).toBe(first.durableOffset);
    await expect(first.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'SHOAL_STORE_CLOSED' });
  });

  it('can be opened again after it was finished', async () => {
    const first = await start();
    await send(first, whole, MIB);
    const hashed = await first.finish();
    const second = await start();
    expect(second.durableOffset).toBe(whole.length);
    expect(await second.finish()).toEqual(hashed);
  });

  it.each([
    ['damaged', async () => writeFile(statePath, (await readFile(statePath)).subarray(0, -3))],
    ['missing', async () => rm(statePath)],
    ['of another tree', () => (entries = entries.filter((entry) => entry.path[0] !== 'last'))],
  ])('starts anew when the state is %s', async (_, change) => {
    const first = await start();
    await send(first, whole.subarray(0, 6 * MIB), MIB);
    await first.close();
    await change();
    expect((await start()).durableOffset).toBe(0);
  });

  it('refuses a stream that is too long or too short', async () => {
    const ingest = await start();
    await send(ingest, whole.subarray(0, -1), MIB);
    const tooFew = { code: 'SHOAL_INGEST_TOO_FEW_BYTES', totalBytes: whole.length };
    await expect(ingest.finish()).rejects.toMatchObject(tooFew);
    await ingest.write(whole.subarray(-1));
    await expect(ingest.write(new Uint8Array(1))).rejects.toMatchObject({
      code: 'SHOAL_INGEST_TOO_MANY_BYTES',
    });
    await ingest.finish();
  });

  it('reports a failing disk to the writer, and nothing as durable', async () => {
    const ingest = await start();
    await rm(root, { recursive: true });
    const sent = send(ingest, whole, MIB).then(() => ingest.finish());
    await expect(sent).rejects.toMatchObject({ code: 'SHOAL_STORE_MISSING' });
    await expect(ingest.write(new Uint8Array(1))).rejects.toMatchObject({ code: 'SHOAL_STORE_MISSING' });
    await ingest.close();
    expect(ingest.durableOffset).toBe(0);
  });

  it.each([
    { pieceLength: PIECE, size: 256 * MIB, atMost: 8 * MIB },
    { pieceLength: 16 * MIB, size: 512 * MIB, atMost: 32 * MIB },
  ])('of pieces of $pieceLength bytes holds $atMost bytes at most', async ({ pieceLength, size, atMost }) => {
    entries = [{ kind: 'file', path: ['zeros'], length: size, executable: false }];
    const profile = { format: 'v2', pieceLength } as const;
    const ingest = await openStreamIngest(pool, { root, entries, profile, statePath });
    open.push(ingest);
    const chunk = new Uint8Array(MIB);
    let peak = 0;
    const before = process.memoryUsage().arrayBuffers;
    for (let sent = 0; sent < size; sent += chunk.length) {
      await ingest.write(chunk);
      peak = Math.max(peak, process.memoryUsage().arrayBuffers - before);
    }
    await ingest.finish();
    // Beside the buffers: digests, and what other tests left to the garbage collector.
    expect(peak).toBeLessThan(atMost + 4 * MIB);
  });
});
