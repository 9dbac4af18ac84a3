import {
  fileRootOfPieceLayer,
  HASH_LENGTH,
  type HashRange,
  leavesPerPiece,
  MerkleLevels,
} from '@shoal/protocol';
import { createHash } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { HASH_REQUEST_WINDOW, HASHES_PER_REQUEST, METADATA_TIMEOUT, REJECT_HOLD } from './constants.ts';
import { LayerCollector } from './layer-collector.ts';
import { TestSource } from './test-source.ts';

const PIECE_LENGTH = 65_536;

/** A file's piece layer, and who can answer for it. */
function createLayer(pieces: number, name: string) {
  const hashes = Array.from({ length: pieces }, (_, at) =>
    createHash('sha256').update(`${name}${at}`).digest(),
  );
  const layer = new Uint8Array(Buffer.concat(hashes));
  const piecesRoot = fileRootOfPieceLayer(layer, PIECE_LENGTH);
  const width = 2 ** Math.ceil(Math.log2(pieces));
  const levels = new MerkleLevels(layer, width, Math.log2(leavesPerPiece(PIECE_LENGTH)));
  const answer = ({ index, length, proofLayers }: HashRange): Uint8Array =>
    new Uint8Array(Buffer.concat(levels.range(index, length, proofLayers) ?? []));
  return { pieces, piecesRoot, layer, answer, key: Buffer.from(piecesRoot).toString('hex') };
}

/** Asked for in two parts, the second of which ends in padding; and a small one. */
const LARGE = createLayer(HASHES_PER_REQUEST + 88, 'large');
const SMALL = createLayer(3, 'small');
const BY_KEY = new Map([LARGE, SMALL].map((layer) => [layer.key, layer]));

let now: number;
let found: ReadonlyMap<string, Uint8Array>[];
let collector: LayerCollector;

beforeEach(() => {
  now = 0;
  found = [];
  collector = new LayerCollector(
    { clock: { now: () => now }, onLayers: (layers) => found.push(layers) },
    { pieceLength: PIECE_LENGTH, layers: [LARGE, SMALL] },
  );
});

function addSource(): TestSource {
  const source = new TestSource();
  collector.add(source);
  return source;
}

function answerTo(range: HashRange): Uint8Array {
  const layer = BY_KEY.get(Buffer.from(range.piecesRoot).toString('hex'));
  return layer?.answer(range) ?? new Uint8Array();
}

function answerAll(source: TestSource): void {
  for (let asked = source.take(); asked.length > 0; asked = source.take()) {
    for (const range of asked) collector.onHashes(source, range, answerTo(range));
  }
}

it('asks for every layer in ranges with their proof, and puts them together without padding', () => {
  const source = addSource();
  expect(source.asked.map(({ index, length, proofLayers }) => [index, length, proofLayers])).toEqual([
    [0, HASHES_PER_REQUEST, 9],
    [HASHES_PER_REQUEST, HASHES_PER_REQUEST, 9],
    [0, 4, 0],
  ]);
  expect(new Set(source.asked.map(({ baseLayer }) => baseLayer))).toEqual(new Set([2]));
  answerAll(source);
  expect(found).toHaveLength(1);
  expect(found[0]?.get(LARGE.key)).toEqual(LARGE.layer);
  expect(found[0]?.get(SMALL.key)).toEqual(SMALL.layer);
  const bytes = (LARGE.pieces + SMALL.pieces) * HASH_LENGTH;
  expect(collector.figures()).toEqual({ bytesDone: bytes, bytesTotal: bytes });
  expect(source.usefulTimes).toBe(3);
});

it.each([
  ['a false hash', (hashes: Uint8Array) => hashes.with(5, (hashes[5] ?? 0) ^ 1)],
  ['a false proof', (hashes: Uint8Array) => hashes.with(hashes.length - 1, (hashes.at(-1) ?? 0) ^ 1)],
  ['too few hashes', (hashes: Uint8Array) => hashes.subarray(HASH_LENGTH)],
  ['too many', (hashes: Uint8Array) => new Uint8Array(Buffer.concat([hashes, new Uint8Array(HASH_LENGTH)]))],
  ['none', () => new Uint8Array()],
])('bans who answers with %s, and asks somebody else', (_, spoil) => {
  const liar = addSource();
  const [range] = liar.take();
  collector.onHashes(liar, range!, spoil(answerTo(range!)));
  expect(liar.isBanned).toBe(true);
  collector.remove(liar);
  answerAll(addSource());
  expect(found).toHaveLength(1);
});

it('takes nothing that it did not ask this source for', () => {
  const [asked, stranger] = [addSource(), addSource()];
  const [range] = asked.take();
  collector.onHashes(stranger, range!, answerTo(range!));
  collector.onHashes(asked, { ...range!, index: range!.index + 1 }, answerTo(range!));
  expect(collector.figures().bytesDone).toBe(0);
  expect([asked.isBanned, stranger.isBanned]).toEqual([false, false]);
});

it('asks others for what one rejects, owes for too long, or takes along', () => {
  const [rejecting, slow] = [addSource(), addSource()];
  const [first, ...rest] = rejecting.take();
  collector.onReject(rejecting, first!);
  expect(slow.take()).toEqual([first]);
  collector.remove(rejecting);
  collector.tick();
  expect(slow.take()).toHaveLength(rest.length);
  now += METADATA_TIMEOUT;
  collector.tick();
  expect(slow.take()).toEqual([]);
  answerAll(addSource());
  expect(found).toHaveLength(1);
});

it('asks who rejected again after a pause when there is nobody else', () => {
  const only = addSource();
  for (const range of only.take()) collector.onReject(only, range);
  collector.tick();
  expect(only.take()).toEqual([]);
  now += REJECT_HOLD;
  collector.tick();
  answerAll(only);
  expect(found).toHaveLength(1);
});

it('keeps a window of requests on their way to one source', () => {
  const many = createLayer(20 * HASHES_PER_REQUEST, 'many');
  collector = new LayerCollector(
    { clock: { now: () => now }, onLayers: () => undefined },
    { pieceLength: PIECE_LENGTH, layers: [many] },
  );
  const source = addSource();
  const asked = source.take();
  expect(asked).toHaveLength(HASH_REQUEST_WINDOW);
  collector.onHashes(source, asked[0]!, many.answer(asked[0]!));
  expect(source.take()).toHaveLength(1);
});

it('tells which layers are whole when others have begun', () => {
  const source = addSource();
  const [first, second, small] = source.take();
  collector.onHashes(source, first!, answerTo(first!));
  expect(collector.whole().size).toBe(0);
  collector.onHashes(source, small!, answerTo(small!));
  expect([...collector.whole()]).toEqual([[SMALL.key, SMALL.layer]]);
  collector.onHashes(source, second!, answerTo(second!));
  expect(collector.whole()).toEqual(found[0]);
});
