import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  Bitfield,
  BLOCK_SIZE,
  createPieceLayout,
  HASH_LENGTH,
  type HashRange,
  merkleRoot,
  type Metainfo,
  type MetainfoFile,
  type PeerMessage,
} from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HASH_BUDGET, HASH_BUDGET_PER_SECOND, MAX_QUEUED_HASH_REQUESTS } from '../constants.ts';
import type { ContentStore } from '../ports/content-store.ts';
import { createTorrent } from '../storage/create-torrent.ts';
import { openDirectoryStore } from '../storage/directory-store.ts';
import { createHashPool, type HashPool } from '../storage/hash-pool.ts';
import { OpenFiles } from '../storage/open-files.ts';
import { SpanCache } from '../storage/span-cache.ts';
import { HashRanges } from './hash-ranges.ts';
import { HashServer } from './hash-server.ts';
import { createPieceTrees } from './piece-trees.ts';

const PIECE_LENGTH = 4 * BLOCK_SIZE;
/** Five pieces and a bit: a piece layer eight wide. */
const LARGE = 5 * PIECE_LENGTH + BLOCK_SIZE + 1;
/** Less than a piece: three leaves, four wide. */
const SMALL = 2 * BLOCK_SIZE + 5;
const PEER = 1 as PeerHandle;

let pool: HashPool;
let root: string;
let metainfo: Metainfo;
let store: ContentStore;
let have: Bitfield;
let now = 0;
let server: HashServer;
let sent: PeerMessage[];
let waiting: (() => void)[];

beforeAll(async () => {
  pool = createHashPool();
  root = await mkdtemp(join(tmpdir(), 'shoal-hashes-'));
  await writeFile(join(root, 'large'), Buffer.alloc(LARGE, 'large'));
  await writeFile(join(root, 'small'), Buffer.alloc(SMALL, 'small'));
  ({ metainfo } = await createTorrent(root, { pool, format: 'hybrid', pieceLength: PIECE_LENGTH }));
  store = await openDirectoryStore(
    { pool, cache: new SpanCache(), files: new OpenFiles() },
    { metainfo, root, create: false },
  );
});

beforeEach(() => {
  now = 0;
  sent = [];
  waiting = [];
  have = Bitfield.all(metainfo.pieceCount);
  server = createServer(new HashRanges(metainfo));
});

afterAll(async () => {
  await store.close();
  await pool.close();
  await rm(root, { recursive: true, force: true });
});

function createServer(ranges: HashRanges | undefined): HashServer {
  const send = (_: PeerHandle, message: PeerMessage): void => {
    sent.push(message);
    for (const wake of waiting.splice(0)) wake();
  };
  return new HashServer({ clock: { now: () => now }, store, send, ranges }, { have });
}

function file(name: string): MetainfoFile {
  const entry = [...metainfo.files].find(({ path }) => path[0] === name);
  if (entry?.kind !== 'file') throw new Error(`no file ${name}`);
  return entry;
}

function range(name: string, fields: Partial<HashRange> = {}): HashRange {
  const piecesRoot = file(name).piecesRoot ?? new Uint8Array();
  return { piecesRoot, baseLayer: 0, index: 0, length: 4, proofLayers: 0, ...fields };
}

/** The answer to one request. */
async function ask(asked: HashRange): Promise<PeerMessage> {
  server.onRequest(PEER, asked);
  while (sent.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
  return sent.shift()!;
}

/** What a proof leads to, from the subtree over `length` hashes at `index`. */
function rootOf({ index, length }: HashRange, hashes: Uint8Array): Uint8Array {
  let node: Uint8Array = merkleRoot(hashes.subarray(0, length * HASH_LENGTH), length);
  let at = index / length;
  for (let uncle = length * HASH_LENGTH; uncle < hashes.length; uncle += HASH_LENGTH) {
    const other = hashes.subarray(uncle, uncle + HASH_LENGTH);
    node = merkleRoot(Buffer.concat(at % 2 === 0 ? [node, other] : [other, node]), 2);
    at = Math.floor(at / 2);
  }
  return node;
}

describe('hash requests', () => {
  it.each([
    ['the leaves of a piece', 'large', { index: 8, proofLayers: 4 }],
    ['a pair of leaves', 'large', { index: 10, length: 2, proofLayers: 4 }],
    ['leaves of the last piece, of which some are padding', 'large', { index: 20, proofLayers: 4 }],
    ['the leaves of a small file', 'small', {}],
    ['a pair of leaves of a small file', 'small', { index: 2, length: 2, proofLayers: 1 }],
    ['the piece layer', 'large', { baseLayer: 2, length: 8 }],
    ['a part of the piece layer', 'large', { baseLayer: 2, index: 4, length: 2, proofLayers: 2 }],
  ] satisfies [string, string, Partial<HashRange>][])(
    'for %s are answered with a proof that leads to the root',
    async (_, name, fields) => {
      const asked = range(name, fields);
      const answer = await ask(asked);
      expect(answer).toMatchObject({ ...asked, type: 'hashes' });
      const hashes = answer.type === 'hashes' ? answer.hashes : new Uint8Array();
      expect(Buffer.from(rootOf(asked, hashes))).toEqual(Buffer.from(asked.piecesRoot));
    },
  );

  it('of the core are answered with what it takes for proven', async () => {
    const layout = createPieceLayout(metainfo);
    const trees = createPieceTrees(metainfo, layout);
    for (let piece = 0; piece < layout.pieceCount; piece += 1) {
      const tree = trees(piece)!;
      const { piecesRoot, firstLeaf, width } = tree;
      const answer = await ask({ piecesRoot, baseLayer: 0, index: firstLeaf, length: width, proofLayers: 0 });
      const hashes = answer.type === 'hashes' ? answer.hashes : new Uint8Array();
      expect(Buffer.from(merkleRoot(hashes, width))).toEqual(Buffer.from(tree.root));
    }
  });

  it.each([
    ['an unknown root', 'large', { piecesRoot: new Uint8Array(32) }],
    ['a layer that need not be served', 'large', { baseLayer: 1 }],
    ['a layer above the root', 'large', { baseLayer: 0xffffffff }],
    ['leaves of two pieces', 'large', { length: 8 }],
    ['leaves that are not aligned', 'large', { index: 1, length: 2 }],
    ['leaves behind the file', 'large', { index: 24 }],
    ['leaves far behind the file', 'large', { index: 0xfffffffc }],
    ['no hashes', 'large', { length: 0 }],
    ['more hashes than one may ask for', 'large', { baseLayer: 2, length: 2_048 }],
    ['more pieces than there are', 'large', { baseLayer: 2, index: 8, length: 8 }],
    ['a proof beyond the root', 'large', { proofLayers: 5 }],
    ['a proof beyond the root of a small file', 'small', { proofLayers: 2 }],
    ['a proof of 4 billion layers', 'large', { baseLayer: 2, length: 8, proofLayers: 0xffffffff }],
    ['the piece layer of a file that has none', 'small', { baseLayer: 2 }],
  ] satisfies [string, string, Partial<HashRange>][])('for %s are rejected', async (_, name, fields) => {
    const asked = range(name, fields);
    expect(await ask(asked)).toEqual({ ...asked, type: 'hash-reject' });
  });

  it('are rejected for a piece we lack, and in a v1 torrent', async () => {
    have.delete(0);
    expect(await ask(range('large'))).toMatchObject({ type: 'hash-reject' });
    server = createServer(undefined);
    expect(await ask(range('small'))).toMatchObject({ type: 'hash-reject' });
  });

  it('are rejected once a peer has used up its allowance, until it has earned more', async () => {
    const asked = range('large', { baseLayer: 2, length: 8 });
    let answered = 0;
    while ((await ask(asked)).type === 'hashes') answered += 1;
    expect(answered).toBeLessThanOrEqual(HASH_BUDGET / 8);
    now += (8 * 1_000) / HASH_BUDGET_PER_SECOND;
    expect(await ask(asked)).toMatchObject({ type: 'hashes' });
    expect(await ask(asked)).toMatchObject({ type: 'hash-reject' });
  });

  it('wait in a queue that has an end, and are forgotten when their peer goes', async () => {
    // One more than the queue holds is being worked on.
    for (let count = 0; count <= MAX_QUEUED_HASH_REQUESTS; count += 1) server.onRequest(PEER, range('large'));
    expect(sent).toEqual([]);
    server.onRequest(PEER, range('large'));
    expect(sent.splice(0)).toMatchObject([{ type: 'hash-reject' }]);
    server.forget(PEER);
    expect(await ask(range('small'))).toMatchObject({ type: 'hashes', piecesRoot: file('large').piecesRoot });
    while (sent.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
    expect(sent).toMatchObject([{ type: 'hashes', piecesRoot: file('small').piecesRoot }]);
  });
});
