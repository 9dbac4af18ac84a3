/**
 * Records the corpus anew: small trees go from client to client, through relays that keep every byte. Needs libtorrent
 * and aria2 (python3-libtorrent, aria2). Run by `npm run fuzz -- --record`.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { encodeManifest } from '@shoal/fleet';
import { canonicalManifest, encodeAnnounceResponse, manifestOf } from '@shoal/protocol';
import type { ContentStore } from '@shoal/session';
import { startAria2, startLibtorrent } from '../../interop/drivers/contestant.ts';
import { CORPUS, type CorpusKind } from '../corpus.ts';
import { LocalSwarm } from '../local-swarm.ts';
import { type Relay, startRelay } from './relay.ts';

const DEADLINE_MS = 30_000;

/** Two blocks make a piece, so that hashes of leaves can be asked for. */
const PIECE_LENGTH = 32 * 1024;

/** Three pieces, a small file, an empty one. Long runs of the same bytes keep the recordings small. */
const FILES: Readonly<Record<string, Buffer>> = {
  'bin/server': Buffer.alloc(80_000, 'shoal'),
  'etc/läßt grüßen': Buffer.from('hello\n'),
  'etc/empty': Buffer.alloc(0),
};

type Format = 'v1' | 'v2' | 'hybrid';

/** Writes all recordings below {@link CORPUS}. */
export async function recordCorpus(): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'shoal-record-'));
  await rm(CORPUS, { recursive: true, force: true });
  try {
    const source = join(scratch, 'source', 'tree');
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(join(source, path, '..'), { recursive: true });
      await writeFile(join(source, path), content);
    }
    for (const format of ['v1', 'v2', 'hybrid'] as const) {
      const announce = 'http://127.0.0.1:1/announce';
      const swarm = await LocalSwarm.create(source, { format, pieceLength: PIECE_LENGTH, announce });
      try {
        await recordDescriptions(swarm, format);
        await recordShoal(swarm, format);
        await recordLibtorrent(swarm, format, scratch);
      } finally {
        await swarm.dispose();
      }
    }
    await recordAria2(source, scratch);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

/** The metainfo, and the manifest in both of its forms. */
async function recordDescriptions({ metainfo, torrentFile }: LocalSwarm, format: Format): Promise<void> {
  await save('metainfo', format, torrentFile);
  if (format !== 'v2') return;
  const manifest = manifestOf(metainfo);
  await save('manifests', 'canonical', canonicalManifest(manifest));
  await save('manifests', 'protobuf', encodeManifest(manifest));
}

/** An agent that fetches from two seeders, of which the first spoils a block: it asks the other for hashes, where there are any. */
async function recordShoal(swarm: LocalSwarm, format: Format): Promise<void> {
  const agent = await swarm.start();
  const relays: Relay[] = [];
  for (const wrapStore of [spoilingOnce, (store: ContentStore) => store]) {
    const seeder = await swarm.start({ complete: true, wrapStore });
    const relay = await startRelay(seeder.session.address.port);
    relays.push(relay);
    agent.torrent.addPeers([{ host: '127.0.0.1', port: relay.port }]);
  }
  await agent.torrent.whenComplete({ noProgressMs: DEADLINE_MS });
  for (const [index, relay] of relays.entries()) {
    await saveExchange(relay, `shoal-${format}-${index === 0 ? 'spoilt' : 'good'}`);
    await relay.close();
  }
  await swarm.closeSessions();
}

/** The first block that is lent has a wrong byte. */
function spoilingOnce(store: ContentStore): ContentStore {
  let isSpoilt = false;
  return {
    arrange: (arrangement) => store.arrange(arrangement),
    lend: async (piece, begin, length) => {
      const loan = await store.lend(piece, begin, length);
      if (isSpoilt) return loan;
      isSpoilt = true;
      const bytes = Uint8Array.from(loan.bytes);
      bytes[0] = 0xff;
      return { bytes, release: () => loan.release() };
    },
    verifyAndWrite: (piece, buffer) => store.verifyAndWrite(piece, buffer),
    digestBlocks: (piece, buffer) => store.digestBlocks(piece, buffer),
    verifyExisting: (piece) => store.verifyExisting(piece),
    sync: () => store.sync(),
    relocate: (root) => store.relocate(root),
    close: () => store.close(),
  };
}

/** libtorrent fetches from a session of ours, then seeds to one. */
async function recordLibtorrent(swarm: LocalSwarm, format: Format, scratch: string): Promise<void> {
  const seeder = await swarm.start({ complete: true });
  const relay = await startRelay(seeder.session.address.port);
  const directory = await mkdtemp(join(scratch, 'libtorrent-'));
  const torrentFile = join(directory, 'it.torrent');
  await writeFile(torrentFile, swarm.torrentFile);
  const peers = [{ host: '127.0.0.1', port: relay.port }];
  const client = await startLibtorrent({ torrentFile, directory, role: 'leecher', peers });
  try {
    await client.complete(DEADLINE_MS);
    await saveExchange(relay, `libtorrent-${format}-leecher`);
    await seeder.session.close();
    const back = await startRelay(client.port);
    const agent = await swarm.start();
    agent.torrent.addPeers([{ host: '127.0.0.1', port: back.port }]);
    await agent.torrent.whenComplete({ noProgressMs: DEADLINE_MS });
    await saveExchange(back, `libtorrent-${format}-seeder`);
    await back.close();
  } finally {
    await client.stop();
    await relay.close();
    await swarm.closeSessions();
  }
}

/** aria2 finds a seeder of ours through a tracker, whose queries and answers are recorded too. */
async function recordAria2(source: string, scratch: string): Promise<void> {
  let relay: Relay | undefined;
  const queries: string[] = [];
  const server = createServer((request, response) => {
    queries.push(request.url?.split('?')[1] ?? '');
    const peers = [{ host: '127.0.0.1', port: relay?.port ?? 1 }];
    response.end(
      encodeAnnounceResponse(
        { interval: 60, complete: 1, incomplete: 0, peers },
        { compact: true, noPeerId: true },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const announce = `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`;
  const swarm = await LocalSwarm.create(source, { format: 'v1', pieceLength: PIECE_LENGTH, announce });
  try {
    const seeder = await swarm.start({ complete: true });
    relay = await startRelay(seeder.session.address.port);
    const directory = await mkdtemp(join(scratch, 'aria2-'));
    const torrentFile = join(directory, 'it.torrent');
    await writeFile(torrentFile, swarm.torrentFile);
    const aria2 = await startAria2({ torrentFile, directory, role: 'leecher' });
    try {
      await aria2.complete(DEADLINE_MS);
    } finally {
      await aria2.stop();
    }
    await saveExchange(relay, 'aria2-v1-leecher');
    for (const [index, query] of queries.entries())
      await save('announce-queries', `aria2-${index}`, Buffer.from(query));
    await recordAnswers();
  } finally {
    await relay?.close();
    await swarm.dispose();
    server.close();
  }
}

/** Answers in every form that clients ask for. */
async function recordAnswers(): Promise<void> {
  const peers = [
    { host: '192.0.2.1', port: 6881, peerId: new Uint8Array(Buffer.from('-LT2080-123456789012')) },
    { host: '2001:db8::1', port: 51413, peerId: new Uint8Array(Buffer.from('-SH0000-abcdefghijkl')) },
  ];
  const trackerId = new Uint8Array(Buffer.from('a tracker'));
  const answer = {
    interval: 1800,
    minInterval: 60,
    trackerId,
    complete: 3,
    incomplete: 4,
    warning: 'slow',
    peers,
  };
  await save(
    'announce-responses',
    'compact',
    encodeAnnounceResponse(answer, { compact: true, noPeerId: true }),
  );
  await save(
    'announce-responses',
    'dictionaries',
    encodeAnnounceResponse(answer, { compact: false, noPeerId: false }),
  );
}

/** Both directions of the connection that carried most. */
async function saveExchange(relay: Relay, name: string): Promise<void> {
  const [fullest] = relay
    .exchanges()
    .sort((a, b) => b.answered.length + b.sent.length - a.answered.length - a.sent.length);
  if (fullest === undefined) throw new Error(`${name}: nobody connected`);
  await save('wire', `${name}-sent`, fullest.sent);
  await save('wire', `${name}-answered`, fullest.answered);
}

async function save(kind: CorpusKind, name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(join(CORPUS, kind), { recursive: true });
  await writeFile(join(CORPUS, kind, `${name}.gz`), gzipSync(bytes, { level: 9 }));
}
