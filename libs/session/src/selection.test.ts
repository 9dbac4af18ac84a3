import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddTorrent } from './api/add-torrent.ts';
import type { PeerClass } from './api/peer.ts';
import type { Torrent } from './api/torrent.ts';
import { createTorrent } from './storage/create-torrent.ts';
import { TestSessions } from './test-sessions.ts';

const KIB = 1_024;
/** Each of ten pieces. */
const FILES = ['a', 'b', 'c'];
const NO_PROGRESS = 10_000;

let sessions: TestSessions;
let source: string;
let metainfo: Metainfo;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  for (const name of FILES) await writeFile(join(source, name), randomFillSync(Buffer.alloc(640 * KIB)));
  ({ metainfo } = await createTorrent(source, { pool: sessions.pool, pieceLength: 64 * KIB }));
});
afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

async function start(
  root: string,
  have: 'all' | 'none',
  options: Partial<AddTorrent> & { readonly peerClass?: PeerClass } = {},
) {
  const { peerClass = have === 'all' ? 'seeder' : 'agent' } = options;
  const session = await sessions.start({ peerClass });
  const torrent = sessions.add(session, metainfo, root, { have, ...options });
  return { session, torrent };
}

/** A seeder, and a leecher that wants what `options` say. */
async function startPair(options: Partial<AddTorrent>): Promise<{ torrent: Torrent; root: string }> {
  const seeder = await start(source, 'all');
  const root = await sessions.newDirectory();
  const { torrent } = await start(root, 'none', options);
  torrent.addPeers([seeder.session.address]);
  return { torrent, root };
}

/** Files of which every piece is there. */
function filesHad(torrent: Torrent): string[] {
  const have = torrent.have();
  return FILES.filter((_, file) =>
    Array.from({ length: 10 }, (_, at) => have.has(file * 10 + at)).every(Boolean),
  );
}

function only(...names: string[]): AddTorrent['priorities'] & object {
  return { ofFile: ({ path }) => (names.includes(path[0]!) ? 4 : 0) };
}

describe('priorities of a torrent', () => {
  it('fetches the files that are wanted and is done with them; the others when they are wanted later', async () => {
    const { torrent, root } = await startPair({ priorities: only('b') });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(torrent.have().count).toBe(10);
    expect(filesHad(torrent)).toEqual(['b']);
    expect(torrent.progress()).toMatchObject({ state: 'seeding', piecesDone: 10, piecesTotal: 30 });
    expect(torrent.progress().stalledSince).toBeUndefined();
    expect(await readFile(join(root, 'b'))).toEqual(await readFile(join(source, 'b')));

    torrent.setPriorities(only('b', 'c'));
    expect(torrent.progress().state).toBe('downloading');
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(filesHad(torrent)).toEqual(['b', 'c']);

    torrent.setPriorities({});
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(torrent.have().isComplete).toBe(true);
    expect(await readFile(join(root, 'a'))).toEqual(await readFile(join(source, 'a')));
  });

  it('fetches what is wanted before it has finished loading', async () => {
    // Opened for writing once it is being read, which is the last that loading waits for.
    const ledgerPath = join(await sessions.newDirectory(), 'fifo');
    await promisify(execFile)('mkfifo', [ledgerPath]);
    const { torrent } = await startPair({ priorities: only('b'), ledgerPath });
    const ledger = await open(ledgerPath, 'w');
    torrent.setPriorities(only('b', 'c'));
    await ledger.close();
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(filesHad(torrent)).toEqual(['b', 'c']);
  });

  it('is done at once when nothing is wanted', async () => {
    const { torrent } = await startPair({ priorities: only() });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(torrent.have().count).toBe(0);
  });

  it('keeps what was fetched of a part across a restart', async () => {
    const resumePath = join(sessions.scratch, 'resume');
    const { torrent, root } = await startPair({ priorities: only('a'), resumePath });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await torrent.remove();
    const again = await start(root, 'none', { priorities: only('a'), resumePath });
    await again.torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(filesHad(again.torrent)).toEqual(['a']);
    expect(again.torrent.progress().downloaded).toEqual({ fromSeeders: 0, fromPeers: 0, fromOrigins: 0 });
  });

  it('fetches in order, and pieces with a deadline before', async () => {
    const order: number[] = [];
    const root = await sessions.newDirectory();
    // A seeder would show its pieces bit by bit.
    const complete = await start(source, 'all', { peerClass: 'agent' });
    const { torrent } = await start(root, 'none', {
      pickOrder: 'sequential',
      openStore: async () => {
        const store = await sessions.open(metainfo, root, true);
        const verifyAndWrite = store.verifyAndWrite.bind(store);
        return Object.assign(store, {
          verifyAndWrite: (piece: number, content: Uint8Array) => {
            order.push(piece);
            return verifyAndWrite(piece, content);
          },
        });
      },
    });
    torrent.setDeadlines(
      new Map([
        [20, 2_000],
        [9, 1_000],
      ]),
    );
    torrent.addPeers([complete.session.address]);
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(order.slice(0, 2)).toEqual([9, 20]);
    expect(order.slice(2)).toEqual(order.slice(2).sort((a, b) => a - b));
  });

  it.each<[string, (torrent: Torrent) => void]>([
    ['a priority that is none', (torrent) => torrent.setPriorities({ ofPieces: new Map([[0, 8 as 7]]) })],
    ['a piece that does not exist', (torrent) => torrent.setPriorities({ ofPieces: new Map([[30, 1]]) })],
    ['a deadline for none', (torrent) => torrent.setDeadlines(new Map([[30, 1]]))],
  ])('refuses %s', async (_, select) => {
    const { torrent } = await startPair({ priorities: only('a') });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    expect(() => select(torrent)).toThrow(expect.objectContaining({ code: 'SHOAL_TORRENT_BAD_SELECTION' }));
  });

  it('fails with a clear error when it starts with such', async () => {
    const { torrent } = await startPair({ priorities: { ofPieces: new Map([[30, 1]]) } });
    await expect(torrent.whenComplete()).rejects.toMatchObject({ code: 'SHOAL_TORRENT_BAD_SELECTION' });
  });
});
