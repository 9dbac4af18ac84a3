/** A process of the scaling benchmark: sessions with torrents, as node-messages.ts describes. Ends with its parent. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseMetainfo } from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type Session,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { gathering } from './gathering.ts';
import type { NodeCommand, NodeEvent, NodeInit, NodeTorrent } from './node-messages.ts';

/** More than the benchmark ever connects. */
const MAX_CONNECTIONS = 2_000;
/**
 * Memory for pieces being received of each session of many, in bytes: 500 of them together may have 8,000 of the smallest
 * pieces at the hashing threads, which let 8,192 wait.
 */
const CROWD_BUFFER_BYTES = 16 * 16_384;

const shared = { pool: createHashPool(), cache: new SpanCache(), files: new OpenFiles() };
const torrents: Torrent[] = [];

process.on('disconnect', () => process.exit());
process.on('message', (command: NodeCommand) => {
  if (command.type === 'start') start(command.init).then(say, fail);
  else connect(command.peers).then(say, fail);
});

async function start({ sessions, torrents: wanted, gather = false }: NodeInit): Promise<NodeEvent> {
  const addresses: PeerAddress[] = [];
  const isSeeder = !gather && wanted.every(({ isComplete }) => isComplete);
  const gathered = gather ? gathering(sessions) : () => Promise.resolve();
  for (let index = 0; index < sessions; index += 1) {
    const session = await createSession(
      {},
      {
        host: '127.0.0.1',
        port: 0,
        peerClass: isSeeder ? 'seeder' : 'agent',
        clientVersion: 'bench',
        maxConnections: MAX_CONNECTIONS,
        maxPeersPerTorrent: MAX_CONNECTIONS,
        ...(sessions > 1 && { bufferBudgetBytes: CROWD_BUFFER_BYTES }),
      },
    );
    for (const torrent of wanted) torrents.push(await add(session, torrent, index, gathered));
    addresses.push(session.address);
  }
  return { type: 'started', addresses };
}

async function add(
  session: Session,
  torrent: NodeTorrent,
  index: number,
  gathered: () => Promise<void>,
): Promise<Torrent> {
  const { metainfoPath, directory, isComplete } = torrent;
  const load = async () => parseMetainfo(await readFile(metainfoPath));
  const root = isComplete ? directory : join(directory, `${index}`);
  return session.add({
    hashes: hashesOf(await load()),
    load: async () => {
      await gathered();
      return load();
    },
    openStore: async () => openDirectoryStore(shared, { metainfo: await load(), root, create: !isComplete }),
    have: isComplete ? 'all' : 'none',
    ...(!isComplete && { resumePath: `${root}.resume` }),
  });
}

async function connect(peers: readonly PeerAddress[]): Promise<NodeEvent> {
  for (const torrent of torrents) torrent.addPeers(peers);
  await Promise.all(torrents.map((torrent) => torrent.whenComplete()));
  return { type: 'complete' };
}

function say(event: NodeEvent): void {
  process.send?.(event);
}

function fail(error: unknown): void {
  say({ type: 'failed', message: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
