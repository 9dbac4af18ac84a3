/** An event loop of a spread session: a session of its own, for complete torrents, that {@link LoopThread} directs. */
import { readFile } from 'node:fs/promises';
import { flushCompileCache } from 'node:module';
import { parentPort, workerData } from 'node:worker_threads';
import { parseMetainfo } from '@shoal/protocol';
import type { SessionLogger } from '../api/session-logger.ts';
import { startSession } from '../session.ts';
import { openDirectoryStore } from '../storage/directory-store.ts';
import { createHashPool } from '../storage/hash-pool.ts';
import { OpenFiles } from '../storage/open-files.ts';
import { SpanCache } from '../storage/span-cache.ts';
import { createTcpTransport } from '../tcp/tcp-transport.ts';
import { LOOP_HASH_THREADS, REPORT_INTERVAL } from './constants.ts';
import { createGatedTransport } from './gated-transport.ts';
import type { AddLoopTorrent } from './loop-session.ts';
import { LoopTorrents } from './loop-torrents.ts';
import type { LoopCommand, LoopInit, LoopReport, LoopTorrent } from './loop-messages.ts';

const port = parentPort;
if (port === null) throw new Error('loop-worker.ts runs as a worker thread only');

const { loop, address, localAddress, peerId, ...settings } = workerData as LoopInit;
const pool = createHashPool({ threads: LOOP_HASH_THREADS });
const cache = new SpanCache();
const files = new OpenFiles();
const transport = createGatedTransport(createTcpTransport({ localAddress, sharesPort: true }));
const logger: SessionLogger = {
  debug: () => undefined,
  info: (fields, message) => report({ kind: 'log', level: 'info', fields, message }),
  warn: (fields, message) => report({ kind: 'log', level: 'warn', fields, message }),
};
const session = await startSession(
  { transport, logger },
  {
    ...address,
    peerId,
    peerClass: settings.peerClass,
    ...(settings.location && { location: settings.location }),
    clientVersion: settings.clientVersion,
    ...(settings.maxConnections !== undefined && { maxConnections: settings.maxConnections }),
    ...(settings.encryption && { encryption: settings.encryption }),
    handshakeMemory: settings.handshakeMemory,
    ...(settings.maxPeersPerTorrent !== undefined && { maxPeersPerTorrent: settings.maxPeersPerTorrent }),
  },
);
const torrents = new LoopTorrents(session);
/** The latest removal: they are answered in order. */
let removed = Promise.resolve();
const reporting = setInterval(() => {
  report({ kind: 'figures', torrents: torrents.collect(), accounts: session.accounts() });
}, REPORT_INTERVAL);
port.on('message', (command: LoopCommand) => {
  // A failure ends the thread, and the main loop replaces it.
  void perform(command);
});
// Where the process keeps a compile cache: written now, since a process that is killed never comes to write it at exit.
flushCompileCache();

async function perform(command: LoopCommand): Promise<void> {
  switch (command.kind) {
    case 'add':
      torrents.add(command.name, describe(command));
      return;
    case 'remove':
      await remove(command.name);
      return;
    case 'peers':
      torrents.get(command.name)?.addPeers(command.peers);
      return;
    case 'listen':
      await transport.setOpen(command.isOpen);
      return;
    case 'close':
      clearInterval(reporting);
      await session.close();
      // What was removed before has its last figures to report.
      await removed;
      await pool.close();
      port?.close();
  }
}

function remove(name: string): Promise<void> {
  // Begins at once: the torrent may be added again by the next command.
  const removal = torrents.remove(name);
  removed = removed.then(async () => report({ kind: 'removed', figures: await removal }));
  return removed;
}

function describe({ hashes, tree, memory }: LoopTorrent): AddLoopTorrent {
  const load = async () => parseMetainfo(await readFile(tree.metainfoPath));
  return {
    hashes,
    have: 'all',
    board: { memory, loop },
    load,
    openStore: async () =>
      openDirectoryStore({ pool, cache, files }, { metainfo: await load(), root: tree.root, create: false }),
  };
}

function report(message: LoopReport): void {
  port?.postMessage(message);
}
