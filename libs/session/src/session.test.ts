import { randomFillSync } from 'node:crypto';
import { chmod, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import {
  encodeHandshake,
  encodeMessage,
  type Metainfo,
  type PeerMessage,
  wireInfoHash,
} from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddTorrent } from './api/add-torrent.ts';
import type { PeerClass } from './api/peer.ts';
import type { Session, SessionInit } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import type { ContentStore } from './ports/content-store.ts';
import { StoreError } from './ports/store-error.ts';
import { createTorrent } from './storage/create-torrent.ts';
import { TestSessions } from './test-sessions.ts';
import { hashesOf } from './torrent/wire-hashes.ts';

const MIB = 1024 * 1024;
const FILES: Record<string, number> = {
  'bin/tool': 3 * MIB + 5,
  'data/a': 700_001,
  'data/b': 64 * 1024,
  empty: 0,
};

let sessions: TestSessions;
let source: string;
let metainfo: Metainfo;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  for (const [path, length] of Object.entries(FILES)) {
    await mkdir(join(source, path, '..'), { recursive: true });
    await writeFile(join(source, path), randomFillSync(Buffer.alloc(length)));
  }
  await chmod(join(source, 'bin/tool'), 0o755);
  await symlink('bin/tool', join(source, 'link'));
  ({ metainfo } = await createTorrent(source, { pool: sessions.pool }));
});

afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

const startSession = (peerClass: PeerClass, init: Partial<SessionInit> = {}): Promise<Session> =>
  sessions.start({ peerClass, ...init });

function hashes(): AddTorrent['hashes'] {
  return hashesOf(metainfo);
}

function openTree(root: string): Promise<ContentStore> {
  return sessions.open(metainfo, root, root !== source);
}

function addTorrent(session: Session, root: string, options: Partial<AddTorrent> = {}): Torrent {
  return sessions.add(session, metainfo, root, { have: root === source ? 'all' : 'none', ...options });
}

/** A store that passes everything on, to be changed in parts: the store itself is a class. */
function wrapStore(store: ContentStore): ContentStore {
  return {
    lend: (piece, begin, length) => store.lend(piece, begin, length),
    arrange: (arrangement) => store.arrange(arrangement),
    verifyAndWrite: (piece, buffer) => store.verifyAndWrite(piece, buffer),
    digestBlocks: (piece, buffer) => store.digestBlocks(piece, buffer),
    verifyExisting: (piece) => store.verifyExisting(piece),
    sync: () => store.sync(),
    relocate: (to) => store.relocate(to),
    close: () => store.close(),
  };
}

async function expectSameTree(root: string): Promise<void> {
  for (const path of [...Object.keys(FILES), 'link']) {
    const [actual, expected] = await Promise.all([readFile(join(root, path)), readFile(join(source, path))]);
    expect(actual.equals(expected), path).toBe(true);
  }
}

const newRoot = (): Promise<string> => sessions.newDirectory();

/** Resolves when `session` has closed the connection. */
function closed(socket: Socket): Promise<void> {
  socket.resume();
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

/** Connects a socket that has shaken hands as a peer. */
function connectRaw(session: Session, ...messages: PeerMessage[]): Socket {
  const socket = connect(session.address.port, session.address.host);
  socket.on('error', () => undefined);
  const infoHash = wireInfoHash((hashes().v1 ?? new Uint8Array(20)).subarray(0, 20));
  socket.write(
    encodeHandshake({
      infoHash,
      peerId: new Uint8Array(20).fill(7),
      extensions: false,
      fast: true,
      v2: false,
    }),
  );
  for (const message of messages) socket.write(encodeMessage(message));
  return socket;
}

describe('a swarm on real sockets', () => {
  it('brings a tree from one seeder to five leechers, and tells where bytes came from', async () => {
    const seeder = await startSession('seeder');
    const seeding = addTorrent(seeder, source);
    expect(seeding.progress().state).toBe('idle');
    const agents = await Promise.all(Array.from({ length: 5 }, () => startSession('agent')));
    const roots = await Promise.all(agents.map(newRoot));
    const torrents = agents.map((agent, index) => addTorrent(agent, roots[index]!));
    const addresses = [seeder, ...agents].map(({ address }) => address);
    for (const torrent of torrents) torrent.addPeers(addresses);
    await Promise.all(torrents.map((torrent) => torrent.whenComplete({ noProgressMs: 20_000 })));
    for (const root of roots) await expectSameTree(root);
    const progress = torrents.map((torrent) => torrent.progress());
    for (const { downloaded, piecesDone, bytesDone, bytesTotal } of progress) {
      expect(piecesDone).toBe(metainfo.pieceCount);
      expect(bytesDone).toBe(bytesTotal);
      expect(downloaded.fromSeeders + downloaded.fromPeers).toBeGreaterThanOrEqual(metainfo.totalSize);
    }
    const sent = progress.reduce((sum, { uploaded }) => sum + uploaded, seeding.progress().uploaded);
    expect(sent).toBeGreaterThanOrEqual(5 * metainfo.totalSize);
    expect(torrents.every((torrent) => torrent.have().isComplete)).toBe(true);
  });

  it('finds a torrent by each of its hashes, and refuses it twice', async () => {
    const session = await startSession('seeder');
    const torrent = addTorrent(session, source);
    const { v1, v2, aliases = [] } = hashes();
    for (const hash of [v1, v2, v2?.subarray(0, 20), ...aliases])
      if (hash !== undefined) expect(session.get(hash)).toBe(torrent);
    expect(() => addTorrent(session, source)).toThrow(
      expect.objectContaining({ code: 'SHOAL_TORRENT_EXISTS' }),
    );
    expect(() => session.add({ ...TORRENT_WITHOUT_HASH })).toThrow(
      expect.objectContaining({ code: 'SHOAL_TORRENT_NO_HASH' }),
    );
    await torrent.remove();
    expect([...session.torrents()]).toEqual([]);
    await expect(torrent.whenComplete()).rejects.toMatchObject({ code: 'SHOAL_TORRENT_CLOSED' });
  });

  it.each(['v1', 'v2', 'aliases'] as const)(
    'dials until it hits on %s, the only name a peer knows',
    async (name) => {
      const seeder = await startSession('seeder');
      addTorrent(seeder, source, { hashes: { [name]: hashes()[name] } });
      const leecher = await startSession('agent');
      const torrent = addTorrent(leecher, await newRoot());
      torrent.addPeers([seeder.address]);
      await torrent.whenComplete({ noProgressMs: 20_000 });
    },
  );

  it('works within a small budget of memory', async () => {
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const root = await newRoot();
    const torrent = addTorrent(await startSession('agent', { bufferBudgetBytes: 1 }), root);
    torrent.addPeers([seeder.address]);
    await torrent.whenComplete({ noProgressMs: 20_000 });
    await expectSameTree(root);
  });
});

const TORRENT_WITHOUT_HASH: AddTorrent = {
  hashes: {},
  load: () => Promise.reject(new Error('not loaded')),
  openStore: () => Promise.reject(new Error('not opened')),
  have: 'none',
};

describe('resume', () => {
  it('fetches nothing that a resume file vouches for, hashes what it is not sure of', async () => {
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const root = await newRoot();
    const resumePath = join(sessions.scratch, 'first.resume');
    const first = addTorrent(await startSession('agent'), root, { resumePath });
    first.addPeers([seeder.address]);
    await first.whenComplete({ noProgressMs: 20_000 });
    await first.remove();

    const again = addTorrent(await startSession('agent'), root, { resumePath });
    await again.whenComplete({ noProgressMs: 20_000 });
    expect(again.progress().downloaded).toEqual({ fromSeeders: 0, fromPeers: 0, fromOrigins: 0 });
  });

  it('starts anew from a resume file that is damaged', async () => {
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const resumePath = join(sessions.scratch, 'damaged.resume');
    await writeFile(resumePath, 'd7:durable1:xe');
    const root = await newRoot();
    const torrent = addTorrent(await startSession('agent'), root, { resumePath });
    torrent.addPeers([seeder.address]);
    await torrent.whenComplete({ noProgressMs: 20_000 });
    await expectSameTree(root);
  });
});

describe('failures', () => {
  it('rejects with the error of a store that cannot be opened, or of metainfo that is another’s', async () => {
    const session = await startSession('agent');
    const full = new StoreError('SHOAL_STORE_FULL', 'no space', { remedy: 'Free some.' });
    const torrent = addTorrent(session, await newRoot(), { openStore: () => Promise.reject(full) });
    await expect(torrent.whenComplete()).rejects.toBe(full);
    expect(torrent.progress()).toMatchObject({ state: 'failed', error: full });
    await torrent.remove();

    const v1 = new Uint8Array(20).fill(1);
    const wrong = addTorrent(session, await newRoot(), { hashes: { v1 } });
    await expect(wrong.whenComplete()).rejects.toMatchObject({ code: 'SHOAL_TORRENT_MISMATCH' });
  });

  it('closes while the metainfo is still being loaded', async () => {
    const session = await startSession('agent');
    const torrent = addTorrent(session, await newRoot(), { load: () => new Promise(() => undefined) });
    const waiting = expect(torrent.whenComplete()).rejects.toMatchObject({ code: 'SHOAL_TORRENT_CLOSED' });
    await session.close();
    await waiting;
    expect(torrent.progress().state).toBe('closed');
  });

  it('rejects when the disk fails while pieces are written, and goes on when it works again', async () => {
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const root = await newRoot();
    const full = new StoreError('SHOAL_STORE_FULL', 'no space', { remedy: 'Free some.' });
    let isFull = true;
    const openStore = async (): Promise<ContentStore> => {
      const store = await openTree(root);
      return {
        ...wrapStore(store),
        verifyAndWrite: (piece, buffer) =>
          isFull ? Promise.reject(full) : store.verifyAndWrite(piece, buffer),
      };
    };
    const torrent = addTorrent(await startSession('agent'), root, { openStore });
    torrent.addPeers([seeder.address]);
    await expect(torrent.whenComplete()).rejects.toBe(full);
    isFull = false;
    await expect.poll(() => torrent.progress().state, { timeout: 20_000 }).toMatch(/downloading|seeding/);
    await torrent.whenComplete({ noProgressMs: 20_000 });
    await expectSameTree(root);
  });

  it('says that nothing comes, after as long as the caller wants', async () => {
    const torrent = addTorrent(await startSession('agent'), await newRoot());
    await expect(torrent.whenComplete({ noProgressMs: 300 })).rejects.toMatchObject({
      code: 'SHOAL_TORRENT_STALLED',
    });
    expect(torrent.progress().state).toBe('downloading');
    const reason = new Error('changed my mind');
    await expect(torrent.whenComplete({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});

describe('strangers', () => {
  it('are dropped, whatever they send, and others are served meanwhile', async () => {
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const garbage = connect(seeder.address.port, seeder.address.host, () =>
      garbage.write(Buffer.alloc(1_000, 0x55)),
    );
    garbage.on('error', () => undefined);
    const unknown = connect(seeder.address.port, seeder.address.host, () => {
      const infoHash = wireInfoHash(new Uint8Array(20));
      unknown.write(
        encodeHandshake({ infoHash, peerId: new Uint8Array(20), extensions: true, fast: true, v2: true }),
      );
    });
    unknown.on('error', () => undefined);
    const huge = connectRaw(seeder);
    huge.write(Uint8Array.of(0xff, 0xff, 0xff, 0xff));
    const impossible = connectRaw(seeder, { type: 'have', piece: 0xffffffff });
    const dropped = [garbage, unknown, huge, impossible].map(closed);
    const root = await newRoot();
    const torrent = addTorrent(await startSession('agent'), root);
    torrent.addPeers([seeder.address]);
    await Promise.all(dropped);
    await torrent.whenComplete({ noProgressMs: 20_000 });
    await expectSameTree(root);
  });

  it('that send wrong bytes are dropped and not connected to again, and the tree is fetched elsewhere', async () => {
    const liar = await startSession('seeder');
    const openLying = async (): Promise<ContentStore> => {
      const store = await openTree(source);
      return {
        ...wrapStore(store),
        lend: (_piece, _begin, length) =>
          Promise.resolve({ bytes: new Uint8Array(length).fill(0x21), release: () => undefined }),
      };
    };
    const lying = addTorrent(liar, source, { openStore: openLying });
    const seeder = await startSession('seeder');
    addTorrent(seeder, source);
    const root = await newRoot();
    const torrent = addTorrent(await startSession('agent'), root);
    torrent.addPeers([liar.address]);
    await expect.poll(() => torrent.progress().wasted).toBeGreaterThan(0);
    await expect.poll(() => lying.progress().peers).toBe(0);
    torrent.addPeers([seeder.address]);
    await torrent.whenComplete({ noProgressMs: 20_000 });
    await expectSameTree(root);
    expect(torrent.peers().map(({ address }) => address.port)).not.toContain(liar.address.port);
  });

  it('that are ourselves are not connected to twice', async () => {
    const session = await startSession('agent');
    const torrent = addTorrent(session, await newRoot());
    torrent.addPeers([session.address]);
    await expect(torrent.whenComplete({ noProgressMs: 1_500 })).rejects.toMatchObject({
      code: 'SHOAL_TORRENT_STALLED',
    });
    expect(torrent.peers()).toEqual([]);
  });

  it('that come when all connections are taken are turned away', async () => {
    const seeder = await startSession('seeder', { maxConnections: 1 });
    addTorrent(seeder, source);
    const first = connectRaw(seeder);
    await new Promise((resolve) => first.once('data', resolve));
    await closed(connectRaw(seeder));
    first.destroy();
  });
});
