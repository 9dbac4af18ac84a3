import { bitfieldLength, BLOCK_SIZE, type BlockRange, type PeerMessage } from '@shoal/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCKS, LAST_BLOCK, PIECES, Siege } from './test-siege.ts';

const MINUTE = 60_000;
/** Runs of each property; more of them with another seed when the core has changed much. */
const RUNS = 1_000;
const SEED = 1;

/** What happens next. Numbers of peers and requests are taken modulo how many there are. */
type Step =
  | { readonly kind: 'connect' | 'drain' | 'pause' | 'settle'; readonly flag: boolean }
  | { readonly kind: 'message'; readonly peer: number; readonly message: PeerMessage; readonly times: number }
  | { readonly kind: 'answer'; readonly peer: number; readonly request: number }
  | { readonly kind: 'stray'; readonly peer: number; readonly block: BlockRange }
  | { readonly kind: 'end'; readonly peer: number; readonly flag: boolean }
  | { readonly kind: 'leave' | 'close' | 'hashes' | 'stall'; readonly peer: number }
  | { readonly kind: 'limit'; readonly peer: number; readonly blocks: number }
  | { readonly kind: 'tick'; readonly milliseconds: number };

const piece = fc.oneof({ weight: 9, arbitrary: fc.nat({ max: PIECES }) }, fc.constant(0xffffffff));
const begin = fc.oneof(
  { weight: 9, arbitrary: fc.nat({ max: BLOCKS }).map((block) => block * BLOCK_SIZE) },
  fc.constantFrom(1, 0xffffffff),
);
const length = fc.constantFrom(BLOCK_SIZE, LAST_BLOCK, 0, 1, 0xffffffff);
const block = fc.record({ piece, begin, length });
const hashRange = fc.record({
  piecesRoot: fc.constant(new Uint8Array(32)),
  baseLayer: fc.constantFrom(0, 0, 0, 1),
  index: fc.nat({ max: PIECES }).map((number) => number * 4),
  length: fc.constantFrom(4, 4, 4, 0xffffffff),
  proofLayers: fc.nat({ max: 1 }),
});
const message = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom(
        'keep-alive',
        'choke',
        'unchoke',
        'unchoke',
        'interested',
        'not-interested',
        'have-all',
        'have-none',
      )
      .map((type) => ({ type })),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constantFrom('have', 'suggest', 'allowed-fast'), piece }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom('request', 'cancel', 'reject'), block)
      .map(([type, range]) => ({ type, ...range })),
  },
  fc.record({
    type: fc.constant('bitfield'),
    bits: fc.uint8Array({ maxLength: bitfieldLength(PIECES) + 1 }),
  }),
  hashRange.map((range) => ({ ...range, type: 'hash-reject' })),
  hashRange.map((range) => ({ ...range, type: 'hashes', hashes: new Uint8Array(32 * 4) })),
) as fc.Arbitrary<PeerMessage>;
const peer = fc.nat({ max: 5 });
const flag = fc.boolean();
const kind = <K extends string>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ kind: kind('connect', 'drain', 'pause', 'settle', 'settle'), flag }) },
  { weight: 5, arbitrary: fc.record({ kind: kind('message'), peer, message, times: mostlyOnce(600) }) },
  { weight: 6, arbitrary: fc.record({ kind: kind('answer'), peer, request: fc.nat({ max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('stray'), peer, block }) },
  { weight: 4, arbitrary: fc.record({ kind: kind('end'), peer, flag }) },
  { weight: 1, arbitrary: fc.record({ kind: kind('leave', 'close', 'hashes', 'hashes', 'stall'), peer }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: kind('limit'), peer, blocks: fc.constantFrom(1, 2, 3, 1_000_000) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: kind('tick'), milliseconds: fc.constantFrom(0, 1, 250, 2_500, 12_000) }),
  },
);

/** Mostly once, sometimes far too often. */
function mostlyOnce(often: number): fc.Arbitrary<number> {
  return fc.oneof({ weight: 20, arbitrary: fc.constant(1) }, fc.constant(often));
}

/** Takes a step. What is asked of a peer that is not there is not done. */
function take(siege: Siege, next: Step): void {
  switch (next.kind) {
    case 'connect':
      if (siege.peers.length < 12) siege.connect(next.flag);
      return;
    case 'pause':
      siege.core.setPaused(next.flag);
      return;
    case 'settle':
      siege.settle(!next.flag);
      return;
    case 'drain':
      for (const each of siege.peers) siege.drain(each);
      return;
    case 'tick':
      siege.tick(next.milliseconds);
      return;
    default: {
      const chosen = siege.peers[next.peer % siege.peers.length];
      if (chosen !== undefined && chosen.state !== 'gone') act(siege, chosen, next);
    }
  }
}

function act(siege: Siege, by: Siege['peers'][number], next: Extract<Step, { readonly peer: number }>): void {
  switch (next.kind) {
    case 'message':
      for (let count = 0; count < next.times; count += 1) siege.say(by, next.message);
      return;
    case 'answer': {
      const asked = [...by.asked, ...by.overdue];
      const answered = asked[next.request % asked.length];
      if (answered !== undefined) siege.beginBlock(by, answered);
      return;
    }
    case 'stray':
      siege.beginBlock(by, next.block);
      return;
    case 'end':
      siege.endBlock(by, next.flag);
      return;
    case 'leave':
      siege.remove(by);
      return;
    case 'close':
      siege.removeClosed();
      return;
    case 'hashes':
      siege.answerHashes(by);
      return;
    case 'stall':
      siege.core.onReadingPaused(by.handle);
      return;
    case 'limit':
      siege.setLimit(by, next.blocks);
  }
}

describe.each([
  ['v1', false],
  ['v2', true],
])('a core among hostile peers of a %s torrent', (_, isV2) => {
  it('keeps its promises whatever they say and send, and completes with an honest one', () => {
    fc.assert(
      fc.property(fc.nat(), fc.array(step, { maxLength: 200, size: 'max' }), (seed, steps) => {
        const siege = new Siege({ seed, isV2 });
        for (const fast of [true, true, false]) siege.connect(fast);
        for (const next of steps) take(siege, next);
        siege.core.setPaused(false);
        // The others stay, silent, with all that was asked of them and that they were in the middle of.
        const honest = siege.connect(true);
        siege.say(honest, { type: 'have-all' });
        siege.say(honest, { type: 'unchoke' });
        siege.completeWith(honest, 30 * MINUTE);
        expect(siege.have.count).toBe(PIECES);
        expect(siege.buffersInUse).toBe(0);
      }),
      { seed: SEED, numRuns: RUNS },
    );
  });
});

/** A peer that has everything and lets us ask for it. */
function willing(siege: Siege): Siege['peers'][number] {
  const peer = siege.connect(true);
  siege.say(peer, { type: 'have-all' });
  siege.say(peer, { type: 'unchoke' });
  return peer;
}

it('silent peers keep no block from one that sends, although no buffer is free for another piece', () => {
  const siege = new Siege({ seed: 1, isV2: false });
  for (let count = 0; count < 3; count += 1) siege.setLimit(willing(siege), 2);
  siege.completeWith(willing(siege), MINUTE);
  expect(siege.have.count).toBe(PIECES);
});

it('a suspect that sends nothing more does not keep the last piece from another suspect', () => {
  const siege = new Siege({ seed: 1, isV2: false });
  const silent = willing(siege);
  siege.beginBlock(silent, silent.asked[0] ?? { piece: 0, begin: 0, length: 0 });
  siege.endBlock(silent, false);
  siege.completeWith(willing(siege), 5 * MINUTE);
  expect(siege.have.count).toBe(PIECES);
});
