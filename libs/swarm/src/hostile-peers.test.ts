import { Bitfield, BLOCK_SIZE, bitfieldLength, type PeerMessage, WireError } from '@shoal/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_QUEUED_REQUESTS, TICK_INTERVAL } from './constants.ts';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { createSeededRandom } from './random.ts';
import { createSeederChoker } from './seeder-choker-policy.ts';
import { createTitForTatChoker } from './tit-for-tat-choker-policy.ts';
import { createTorrentCore } from './torrent-core.ts';

const PIECES = 6;
const BLOCKS = 3;
const PEERS = 3;
const BUFFERS = 2;

type Step =
  | { readonly kind: 'message'; readonly peer: number; readonly message: PeerMessage }
  | { readonly kind: 'block'; readonly peer: number; readonly piece: number; readonly block: number }
  | { readonly kind: 'verdict'; readonly outcome: 'verified' | 'rejected' | 'failed'; readonly fill: number }
  | { readonly kind: 'leave'; readonly peer: number }
  | { readonly kind: 'tick'; readonly ticks: number };

const piece = fc.oneof({ weight: 9, arbitrary: fc.nat({ max: PIECES }) }, fc.nat({ max: 0xffffffff }));
const block = fc.nat({ max: BLOCKS });
const begin = fc.oneof(
  block.map((number) => number * BLOCK_SIZE),
  fc.nat({ max: 0xffffffff }),
);
const length = fc.constantFrom(0, 1, BLOCK_SIZE, 0xffffffff);
const hashRange = fc.record({
  piecesRoot: fc.constant(new Uint8Array(32)),
  baseLayer: fc.nat({ max: 1 }),
  index: fc.nat({ max: PIECES }).map((number) => number * BLOCKS),
  length: fc.constantFrom(BLOCKS, 0xffffffff),
  proofLayers: fc.nat({ max: 1 }),
});
const plain = fc.constantFrom<PeerMessage['type']>(
  'keep-alive',
  'choke',
  'unchoke',
  'interested',
  'not-interested',
  'have-all',
  'have-none',
);
const bits = fc.uint8Array({ maxLength: bitfieldLength(PIECES) + 1 });
const message = fc.oneof(
  plain.map((type) => ({ type })),
  fc.record({ type: fc.constantFrom('have', 'suggest', 'allowed-fast'), piece }),
  fc.record({ type: fc.constantFrom('request', 'cancel', 'reject'), piece, begin, length }),
  fc.record({ type: fc.constant('bitfield'), bits }),
  hashRange.map((range) => ({ ...range, type: 'hash-reject' })),
  hashRange.map((range) => ({ ...range, type: 'hashes', hashes: new Uint8Array(32 * BLOCKS) })),
) as fc.Arbitrary<PeerMessage>;
const peer = fc.nat({ max: PEERS - 1 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('message' as const), peer, message }) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('block' as const), peer, piece, block }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('verdict' as const),
      outcome: fc.constantFrom('verified' as const, 'rejected' as const, 'failed' as const),
      fill: fc.nat({ max: 2 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('leave' as const), peer }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('tick' as const), ticks: fc.nat({ max: 30 }) }) },
);

/** A core between hostile peers. Peers that it closes, or that leave, are replaced. */
class Siege {
  now = 0;
  readonly open = new Map<number, Slot>();
  readonly verifying: number[] = [];
  readonly closing: PeerHandle[] = [];
  readonly handles: PeerHandle[] = [];
  readonly core;

  constructor(seed: number, isV2: boolean) {
    const random = createSeededRandom(seed);
    const sink: CoreSink = {
      send: () => undefined,
      uploadsWaiting: () => undefined,
      sendBlock: () => undefined,
      stopReceiving: () => undefined,
      openPiece: (number) => this.#openPiece(number),
      verifyPiece: (number) => void this.verifying.push(number),
      releasePiece: (number) => void this.open.delete(number),
      closePeer: (handle) => void this.closing.push(handle),
      banPeer: () => undefined,
      completed: () => undefined,
    };
    const size = BLOCKS * BLOCK_SIZE;
    const sizes = { pieceSize: () => size, payloadSize: () => size, servedSize: () => size };
    const tree = { piecesRoot: new Uint8Array(32), width: 4, root: new Uint8Array(32) };
    this.core = createTorrentCore(
      {
        clock: { now: () => this.now },
        random,
        sink,
        picker: createRarestFirstPicker({ random }),
        chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
      },
      {
        geometry: { pieceCount: PIECES, blockSize: BLOCK_SIZE, ...sizes },
        have: Bitfield.none(PIECES),
        ...(isV2 && { trees: (number) => ({ ...tree, firstLeaf: number * BLOCKS }) }),
      },
    );
    for (let index = 0; index < PEERS; index += 1) this.#replace(index);
  }

  take(next: Step): void {
    if (next.kind === 'tick') this.#tick(next.ticks);
    else if (next.kind === 'verdict') this.#judge(next.outcome, next.fill);
    else if (next.kind === 'leave') this.#replace(next.peer);
    else if (next.kind === 'message') this.#say(next.peer, next.message);
    else this.#deliver(next.peer, next.piece, next.block);
    for (const closed of this.closing.splice(0)) this.#replace(this.handles.indexOf(closed));
  }

  #say(index: number, said: PeerMessage): void {
    try {
      this.core.onMessage(this.#handle(index), said);
    } catch (error) {
      // A bitfield of the wrong length, or with spare bits set: the connection is closed for it.
      if (!(error instanceof WireError)) throw error;
      this.#replace(index);
    }
  }

  #deliver(index: number, number: number, at: number): void {
    const slot = this.core.onBlockStart(this.#handle(index), number, at * BLOCK_SIZE, BLOCK_SIZE);
    if (slot !== undefined) expect(this.open.get(number)).toBe(slot);
    this.core.onBlockEnd(this.#handle(index), BLOCK_SIZE);
  }

  #judge(outcome: 'verified' | 'rejected' | 'failed', fill: number): void {
    const number = this.verifying.shift();
    if (number === undefined) return;
    const digests = new Uint8Array(32 * BLOCKS).fill(fill);
    if (outcome === 'verified') this.core.pieceVerified(number, digests);
    else if (outcome === 'rejected') this.core.pieceRejected(number, digests);
    else this.core.pieceFailed(number);
  }

  #tick(ticks: number): void {
    for (let count = 0; count < ticks; count += 1) {
      this.now += TICK_INTERVAL;
      this.core.tick();
      for (const handle of this.handles) {
        expect(this.core.drainUploads(handle, Infinity)).toBeLessThanOrEqual(
          MAX_QUEUED_REQUESTS * BLOCK_SIZE,
        );
      }
    }
  }

  #replace(index: number): void {
    if (index === -1) return;
    const old = this.handles[index];
    if (old !== undefined) this.core.removePeer(old);
    this.handles[index] = this.core.addPeer({ fast: index > 0, v2: true, fastSet: [0, 1] });
  }

  #handle(index: number): PeerHandle {
    const handle = this.handles[index];
    if (handle === undefined) throw new RangeError(`no peer ${index}`);
    return handle;
  }

  #openPiece(number: number): Slot | undefined {
    if (this.open.size >= BUFFERS) return undefined;
    expect(this.open.has(number)).toBe(false);
    this.open.set(number, number as Slot);
    return number as Slot;
  }
}

describe('a core between hostile peers', () => {
  it.each([
    ['v1', false],
    ['v2', true],
  ])('survives whatever they say and send, and completes when an honest one comes (%s)', (_, isV2) => {
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 300 }), (seed, steps) => {
        const siege = new Siege(seed, isV2);
        for (const next of steps) siege.take(next);
        for (let index = 0; index < PEERS; index += 1) siege.take({ kind: 'leave', peer: index });
        const honest = 1;
        siege.take({ kind: 'message', peer: honest, message: { type: 'have-all' } });
        siege.take({ kind: 'message', peer: honest, message: { type: 'unchoke' } });
        for (let round = 0; round < 50 && !siege.core.isSatisfied; round += 1) {
          for (let at = 0; at < PIECES * BLOCKS; at += 1) {
            siege.take({ kind: 'block', peer: honest, piece: Math.floor(at / BLOCKS), block: at % BLOCKS });
          }
          siege.take({ kind: 'verdict', outcome: 'verified', fill: 0 });
          siege.take({ kind: 'verdict', outcome: 'verified', fill: 0 });
          siege.take({ kind: 'tick', ticks: 4 });
        }
        expect(siege.core.isSatisfied).toBe(true);
      }),
      { seed: 1, numRuns: 200 },
    );
  });
});
