import { randomFillSync } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filesWithoutLayer, joinMetainfo, type Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Session, SessionComponents } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import { createTorrent } from './storage/create-torrent.ts';
import { TestSessions } from './test-sessions.ts';

const PIECE = 64 * 1_024;
const PATIENCE = { noProgressMs: 20_000 };
/** Patience runs out early: 15 s take 0.75. */
const HURRY: SessionComponents = { clock: { now: () => 20 * performance.now() } };

/** Two files of equal content, which have one layer; one with a layer of its own; one of a single piece. */
const LARGE = randomFillSync(Buffer.alloc(5 * PIECE + 7));
const FILES: Readonly<Record<string, Buffer>> = {
  a: LARGE,
  copy: LARGE,
  other: randomFillSync(Buffer.alloc(2 * PIECE)),
  small: randomFillSync(Buffer.alloc(9)),
};

let sessions: TestSessions;
let source: string;
let whole: Metainfo;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  for (const [name, content] of Object.entries(FILES)) await writeFile(join(source, name), content);
  ({ metainfo: whole } = await createTorrent(source, {
    pool: sessions.pool,
    format: 'hybrid',
    pieceLength: PIECE,
  }));
});

afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

/** The same torrent as clients know it that know v1 alone. */
function withoutLayers({ infoBytes }: Pick<Metainfo, 'infoBytes'>): Metainfo {
  return joinMetainfo({ infoBytes, pieceLayers: new Map(), trackers: [] }).metainfo;
}

const startSession = (components: SessionComponents = {}): Promise<Session> => sessions.start({}, components);

function add(session: Session, metainfo: Metainfo, root: string, have: 'all' | 'none'): Torrent {
  return sessions.add(session, metainfo, root, { have });
}

it('a hybrid comes by magnet link from a peer that knows no piece layers, which are known in the end', async () => {
  const seeder = await startSession();
  add(seeder, withoutLayers(whole), source, 'all');

  const leecher = await startSession(HURRY);
  const fetch = leecher.fetchMetadata({
    hashes: { v1: whole.infoHashV1!, v2: whole.infoHashV2! },
    trackers: [],
  });
  fetch.addPeers([seeder.address]);
  const { metainfo, peers } = await fetch.whenFetched();
  expect(filesWithoutLayer(metainfo).map(({ path }) => path)).toEqual([['a'], ['other']]);

  const root = await sessions.newDirectory();
  const torrent = add(leecher, metainfo, root, 'none');
  torrent.addPeers(peers);
  await torrent.whenComplete(PATIENCE);
  for (const [name, content] of Object.entries(FILES)) {
    expect((await readFile(join(root, name))).equals(content), name).toBe(true);
  }

  const third = (await startSession()).fetchMetadata({ hashes: { v2: whole.infoHashV2! }, trackers: [] });
  third.addPeers([leecher.address]);
  const { metainfo: told } = await third.whenFetched(PATIENCE);
  expect(told.pieceLayers).toEqual(whole.pieceLayers);
});

it('a v2 torrent waits for its piece layers', async () => {
  const { metainfo } = await createTorrent(source, { pool: sessions.pool, format: 'v2', pieceLength: PIECE });
  const liar: Metainfo = { ...metainfo, pieceLayers: new Map() };
  const seeder = await startSession();
  add(seeder, liar, source, 'all');
  const fetch = (await startSession(HURRY)).fetchMetadata({
    hashes: { v2: metainfo.infoHashV2! },
    trackers: [],
  });
  fetch.addPeers([seeder.address]);
  await expect(fetch.whenFetched({ noProgressMs: 40_000 })).rejects.toMatchObject({
    code: 'SHOAL_TORRENT_STALLED',
    message: expect.stringContaining('no piece layers') as string,
  });
});

it('halves that describe different content are an error of the torrent', async () => {
  const other = whole.files.at(2);
  const root = Buffer.from(other?.kind === 'file' ? other.piecesRoot! : []);
  const infoBytes = Buffer.from(whole.infoBytes);
  infoBytes.fill(0x5a, infoBytes.indexOf(root), infoBytes.indexOf(root) + root.length);
  const forged = withoutLayers({ infoBytes });

  const seeder = await startSession();
  add(seeder, forged, source, 'all');
  const torrent = add(await startSession(), forged, await sessions.newDirectory(), 'none');
  torrent.addPeers([seeder.address]);
  await expect(torrent.whenComplete(PATIENCE)).rejects.toMatchObject({
    code: 'SHOAL_TORRENT_ROOT_MISMATCH',
    message: expect.stringContaining('"other"') as string,
  });
});
