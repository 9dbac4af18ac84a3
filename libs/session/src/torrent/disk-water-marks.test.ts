import { once, EventEmitter } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type { Session } from '../api/session.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { PeerStream, PeerTransport } from '../ports/peer-transport.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import { createTcpTransport } from '../tcp/tcp-transport.ts';
import { TestSessions } from '../test-sessions.ts';

const PIECE = 64 * 1024;
/** Six of them, waiting for the disk, are three quarters; with the seventh the high water mark is passed. */
const BUDGET = 8 * PIECE;
const SIZE = 40 * PIECE;

let sessions: TestSessions;
let source: string;
let metainfo: Metainfo;

beforeAll(async () => {
  sessions = await TestSessions.create();
  source = await sessions.newDirectory();
  await writeFile(join(source, 'a'), Buffer.alloc(SIZE, 'shoal'));
  ({ metainfo } = await createTorrent(source, { pool: sessions.pool }));
});
afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

/** Tells of every stream that stops being read and is read again. */
function watchReading() {
  const paused = new Set<PeerStream>();
  const events = new EventEmitter();
  const tcp = createTcpTransport();
  function watch(stream: PeerStream): PeerStream {
    const { attach, pause, resume } = stream;
    // Whoever takes a stream over reads it.
    stream.attach = (handler) => {
      paused.delete(stream);
      attach.call(stream, handler);
    };
    stream.pause = () => {
      paused.add(stream);
      pause.call(stream);
      events.emit('changed');
    };
    stream.resume = () => {
      paused.delete(stream);
      resume.call(stream);
      events.emit('changed');
    };
    return stream;
  }
  const transport: PeerTransport = {
    listen: (address, onStream) => tcp.listen(address, (stream) => onStream(watch(stream))),
    dial: async (address, signal) => watch(await tcp.dial(address, signal)),
  };
  async function until(condition: () => boolean): Promise<void> {
    while (!condition()) await once(events, 'changed');
  }
  return { transport, paused, until };
}

/** A store that verifies and writes nothing until `open` is called. */
function gated(store: ContentStore) {
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const gatedStore: ContentStore = {
    arrange: (arrangement) => store.arrange(arrangement),
    lend: (piece, begin, length) => store.lend(piece, begin, length),
    verifyAndWrite: async (piece, buffer) => {
      await gate;
      return store.verifyAndWrite(piece, buffer);
    },
    digestBlocks: (piece, buffer) => store.digestBlocks(piece, buffer),
    verifyExisting: (piece) => store.verifyExisting(piece),
    sync: () => store.sync(),
    relocate: (root) => store.relocate(root),
    close: () => store.close(),
  };
  return { store: gatedStore, open: () => open() };
}

async function startSeeder(): Promise<Session> {
  const session = await sessions.start({ peerClass: 'seeder' });
  sessions.add(session, metainfo, source, { have: 'all' });
  return session;
}

it('stops reading all peers, also new ones, while the disk is behind, and goes on when it has caught up', async () => {
  expect(metainfo.pieceLength).toBe(PIECE);
  const seeders = await Promise.all([startSeeder(), startSeeder()]);
  const reading = watchReading();
  const session = await sessions.start({ bufferBudgetBytes: BUDGET }, { transport: reading.transport });
  const root = await sessions.newDirectory();
  const gate = gated(await sessions.open(metainfo, root, true));
  const torrent = sessions.add(session, metainfo, root, {
    openStore: () => Promise.resolve(gate.store),
    have: 'none',
  });
  torrent.addPeers([seeders[0].address]);
  await reading.until(() => torrent.peers().length === 1 && reading.paused.size === 1);
  torrent.addPeers([seeders[1].address]);
  await reading.until(() => torrent.peers().length === 2 && reading.paused.size === 2);
  expect(torrent.progress().downloaded.fromSeeders).toBeLessThanOrEqual(BUDGET);
  gate.open();
  await torrent.whenComplete();
  expect(reading.paused.size).toBe(0);
});
