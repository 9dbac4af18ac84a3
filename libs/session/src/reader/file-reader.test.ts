import { randomFillSync } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo, MetainfoFile } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { Torrent } from '../api/torrent.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import { TestSessions } from '../test-sessions.ts';
import { MAX_READERS } from './constants.ts';
import type { FileReader } from './file-reader.ts';

const KIB = 1_024;
const MIB = 1_024 * KIB;
const PIECE = 64 * KIB;
/** What is behind the end of a piece, or not, and a file of several pieces. */
const CONTENTS: ReadonlyMap<string, Buffer> = new Map(
  [
    ['a', 10_000],
    ['b', 300_001],
    ['c', 4 * MIB],
    ['d', 1],
  ].map(([name, size]) => [String(name), randomFillSync(Buffer.alloc(Number(size)))]),
);

let sessions: TestSessions;
let source: string;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  for (const [name, content] of CONTENTS) await writeFile(join(source, name), content);
});
afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

async function start(metainfo: Metainfo, root: string, have: 'all' | 'none', options: Partial<AddTorrent>) {
  const session = await sessions.start();
  const torrent = sessions.add(session, metainfo, root, { have, ...options });
  return { session, torrent };
}

interface Fetching {
  readonly torrent: Torrent;
  file(name: string): MetainfoFile;
  /** Lets the torrent begin. */
  connect(): void;
}

/** A torrent that a seeder with a limited rate is there for. */
async function fetching(
  format: 'v1' | 'v2' | 'hybrid',
  uploadLimit: number,
  options: Partial<AddTorrent> = {},
): Promise<Fetching> {
  const { metainfo } = await createTorrent(source, { pool: sessions.pool, pieceLength: PIECE, format });
  const seeder = await start(metainfo, source, 'all', { limits: { upload: uploadLimit } });
  const root = await sessions.newDirectory();
  const { torrent } = await start(metainfo, root, 'none', options);
  return {
    torrent,
    file: (name) => fileOf(metainfo, name),
    connect: () => torrent.addPeers([seeder.session.address]),
  };
}

function fileOf(metainfo: Metainfo, name: string): MetainfoFile {
  const file = Array.from(metainfo.files).find(({ path }) => path[0] === name);
  if (file?.kind !== 'file') throw new Error(`no ${name}`);
  return file;
}

async function readAll(reader: FileReader): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const bytes = await reader.read();
    if (bytes === undefined) return Buffer.concat(chunks);
    chunks.push(bytes);
  }
}

describe.each(['v1', 'v2', 'hybrid'] as const)('readers of a %s torrent', (format) => {
  it('read every file while it is fetched, and when it is there', async () => {
    const { torrent, file, connect } = await fetching(format, 64 * MIB);
    const readers = [...CONTENTS.keys()].map((name) => torrent.openReader(file(name)));
    const reading = readers.map(readAll);
    connect();
    expect(await Promise.all(reading)).toEqual([...CONTENTS.values()]);
    for (const reader of readers) reader.close();
    await torrent.whenComplete({ noProgressMs: 10_000 });
    for (const [name, content] of CONTENTS) {
      const reader = torrent.openReader(file(name), { start: content.length >> 1 });
      expect(await readAll(reader)).toEqual(content.subarray(content.length >> 1));
      reader.close();
    }
  });
});

describe('a reader', () => {
  it('has what it reads fetched before the rest, where it moves to as well', async () => {
    const { torrent, file, connect } = await fetching('v2', 1 * MIB, { pickOrder: 'sequential' });
    const content = CONTENTS.get('c')!;
    const reader = torrent.openReader(file('c'), { start: content.length - 1_000 });
    const first = reader.read();
    connect();
    expect(await first).toEqual(new Uint8Array(content.subarray(-1_000)));
    expect(torrent.progress().bytesDone).toBeLessThan(1 * MIB);
    reader.seek(content.length >> 1);
    expect(reader.position).toBe(content.length >> 1);
    const bytes = await reader.read();
    expect(bytes).toEqual(new Uint8Array(content.subarray(content.length >> 1).subarray(0, bytes?.length)));
    expect(torrent.progress().bytesDone).toBeLessThan(2.5 * MIB);
  });

  it('says when what it waits for does not come in time', async () => {
    const { torrent, file } = await fetching('v2', 1 * MIB);
    const reader = torrent.openReader(file('c'), { timeoutMs: 300 });
    await expect(reader.read()).rejects.toMatchObject({ code: 'SHOAL_READER_TIMEOUT' });
  });

  it('ends its read when it moves, is closed, or its torrent is removed', async () => {
    const { torrent, file } = await fetching('v2', 1 * MIB);
    const reader = torrent.openReader(file('c'));
    const moved = reader.read();
    reader.seek(MIB);
    await expect(moved).rejects.toMatchObject({ code: 'SHOAL_READER_CANCELLED' });
    const closed = reader.read();
    reader.close();
    await expect(closed).rejects.toMatchObject({ code: 'SHOAL_READER_CANCELLED' });
    const stopped = torrent.openReader(file('c')).read();
    const failed = expect(stopped).rejects.toMatchObject({ code: 'SHOAL_TORRENT_CLOSED' });
    await torrent.remove();
    await failed;
  });

  it('says that nobody fetches what is not wanted, also when that changes while it waits', async () => {
    const { torrent, file } = await fetching('v2', 1 * MIB, {
      priorities: { ofFile: ({ path }) => (path[0] === 'b' ? 0 : 4) },
    });
    const unwanted = torrent.openReader(file('b')).read();
    await expect(unwanted).rejects.toMatchObject({ code: 'SHOAL_READER_NOT_WANTED' });
    const waiting = torrent.openReader(file('c')).read();
    torrent.setPriorities({ ofFile: () => 0 });
    await expect(waiting).rejects.toMatchObject({ code: 'SHOAL_READER_NOT_WANTED' });
  });

  it('is one of a bounded number, and of bytes that there are', async () => {
    const { torrent, file } = await fetching('v2', 1 * MIB);
    expect(() => torrent.openReader(file('a'), { start: 5, end: 10_001 })).toThrow(
      expect.objectContaining({ code: 'SHOAL_READER_OUT_OF_RANGE' }),
    );
    const readers = Array.from({ length: MAX_READERS }, () => torrent.openReader(file('a')));
    expect(() => torrent.openReader(file('a'))).toThrow(
      expect.objectContaining({ code: 'SHOAL_READER_TOO_MANY' }),
    );
    readers[0]?.close();
    torrent.openReader(file('a'));
  });
});
