import { Bitfield, BLOCK_SIZE, type PeerMessage } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ALLOWED_FAST_COPIES,
  FIRST_REQUEST_TIMEOUT,
  MAX_REFUSED_PIECES,
  MIN_REQUEST_TIMEOUT,
  REFUSAL_HOLD,
  TICK_INTERVAL,
  UPLOAD_SLOTS,
} from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import { deliver, Recorder } from './test-recorder.ts';
import type { TorrentCore } from './torrent-core.ts';

const PIECES = 20;
const FAST_SET = [3, 5, 7];

let recorder: Recorder;
let core: TorrentCore;

/** A core with pieces of two blocks. */
function start(have: Bitfield): void {
  recorder = new Recorder();
  core = recorder.createCore({ seed: 1, have, pieceSize: 2 * BLOCK_SIZE });
}

beforeEach(() => {
  start(Bitfield.none(PIECES));
});

/** Adds a peer that has everything and chokes us. */
function addSeeder(limit = 4): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.setRequestLimit(peer, limit);
  core.onMessage(peer, { type: 'have-all' });
  return peer;
}

/** Takes the requests sent to a peer since the last call, as piece:block. */
function requests(to: PeerHandle): string[] {
  return recorder.take(to, 'request').map(({ piece, begin }) => `${piece}:${begin / BLOCK_SIZE}`);
}

function rangeOf(request: string): { piece: number; begin: number; length: number } {
  const [piece = 0, block = 0] = request.split(':').map(Number);
  return { piece, begin: block * BLOCK_SIZE, length: BLOCK_SIZE };
}

function pass(milliseconds: number): void {
  recorder.pass(core, milliseconds);
}

function sentTo(to: PeerHandle, type: PeerMessage['type']): number {
  return recorder.sent.filter(([peer, message]) => peer === to && message.type === type).length;
}

describe('suggested pieces', () => {
  it('are asked for before others, when they are wanted', () => {
    const peer = addSeeder();
    core.onMessage(peer, { type: 'suggest', piece: 11 });
    core.onMessage(peer, { type: 'suggest', piece: 4 });
    core.onMessage(peer, { type: 'unchoke' });
    expect(requests(peer)).toEqual(['11:0', '11:1', '4:0', '4:1']);
  });

  it('are nothing to a peer that has them not', () => {
    const peer = core.addPeer({ fast: true });
    core.onMessage(peer, { type: 'have', piece: 2 });
    core.onMessage(peer, { type: 'suggest', piece: 11 });
    core.onMessage(peer, { type: 'unchoke' });
    expect(requests(peer)).toEqual(['2:0', '2:1']);
  });
});

describe('rejected requests', () => {
  it('go to others at once, and the peer is asked for other pieces', () => {
    // Few enough are missing for the other peer's window to have room.
    const have = Bitfield.none(PIECES);
    for (let piece = 8; piece < PIECES; piece += 1) have.add(piece);
    start(have);
    const peer = addSeeder(2);
    core.onMessage(peer, { type: 'unchoke' });
    const [first = '', second = ''] = requests(peer);
    const other = addSeeder(40);
    core.onMessage(other, { type: 'unchoke' });
    const before = requests(other);
    core.onMessage(peer, { type: 'reject', ...rangeOf(first) });
    core.onMessage(peer, { type: 'reject', ...rangeOf(second) });
    const { piece } = rangeOf(first);
    expect(before.some((request) => rangeOf(request).piece === piece)).toBe(false);
    pass(TICK_INTERVAL);
    expect(requests(other)).toEqual(expect.arrayContaining([first, second]));
    expect(requests(peer).some((request) => rangeOf(request).piece === piece)).toBe(false);
  });

  it('are not sent to the same peer again in a circle, but after a while', () => {
    const peer = addSeeder(2);
    core.onMessage(peer, { type: 'unchoke' });
    let asked = 0;
    for (let batch = requests(peer); batch.length > 0; batch = requests(peer)) {
      asked += batch.length;
      for (const request of batch) core.onMessage(peer, { type: 'reject', ...rangeOf(request) });
    }
    // One piece of which both blocks were on their way, and so on: never more than every block once.
    expect(asked).toBeLessThanOrEqual(Math.min(2 * PIECES, 2 * MAX_REFUSED_PIECES));
    pass(REFUSAL_HOLD - 2 * TICK_INTERVAL);
    expect(requests(peer)).toEqual([]);
    pass(3 * TICK_INTERVAL);
    expect(requests(peer)).toHaveLength(2);
  });

  it('are forgotten when the peer unchokes us again', () => {
    const peer = addSeeder(40);
    core.onMessage(peer, { type: 'unchoke' });
    const all = requests(peer);
    core.onMessage(peer, { type: 'choke' });
    for (const request of all) core.onMessage(peer, { type: 'reject', ...rangeOf(request) });
    expect(requests(peer)).toEqual([]);
    core.onMessage(peer, { type: 'unchoke' });
    expect(requests(peer).toSorted()).toEqual(all.toSorted());
  });
});

describe('allowed fast', () => {
  it('pieces are asked for while we are choked, and no others', () => {
    const peer = addSeeder(40);
    expect(requests(peer)).toEqual([]);
    core.onMessage(peer, { type: 'allowed-fast', piece: 9 });
    expect(requests(peer)).toEqual(['9:0', '9:1']);
    core.onMessage(peer, { type: 'reject', ...rangeOf('9:0') });
    core.onMessage(peer, { type: 'reject', ...rangeOf('9:1') });
    pass(TICK_INTERVAL);
    expect(requests(peer)).toEqual([]);
  });

  /** Leechers that take all slots, and one more. */
  function addChoked(have: readonly number[] = []): PeerHandle {
    for (let slot = 0; slot < UPLOAD_SLOTS; slot += 1) {
      core.onMessage(core.addPeer({ fast: true }), { type: 'interested' });
    }
    const peer = core.addPeer({ fast: true, fastSet: FAST_SET });
    for (const piece of have) core.onMessage(peer, { type: 'have', piece });
    core.onMessage(peer, { type: 'interested' });
    return peer;
  }

  it('pieces that we have are granted to a newcomer that stays choked, and sent, each a few times over', () => {
    const have = Bitfield.none(PIECES);
    for (const piece of [1, 3, 7]) have.add(piece);
    start(have);
    const peer = addChoked();
    expect(recorder.take(peer, 'allowed-fast').map(({ piece }) => piece)).toEqual([3, 7]);
    core.onMessage(peer, { type: 'request', ...rangeOf('1:0') });
    expect(sentTo(peer, 'reject')).toBe(1);
    for (let count = 0; count < 2 * ALLOWED_FAST_COPIES; count += 1) {
      core.onMessage(peer, { type: 'request', ...rangeOf('3:0') });
    }
    expect(sentTo(peer, 'reject')).toBe(1);
    expect(core.drainUploads(peer, Infinity)).toBe(2 * ALLOWED_FAST_COPIES * BLOCK_SIZE);
    core.onMessage(peer, { type: 'request', ...rangeOf('3:0') });
    expect(sentTo(peer, 'reject')).toBe(2);
  });

  it('pieces are granted neither by a seeder nor to a peer that has enough', () => {
    start(Bitfield.all(PIECES));
    expect(sentTo(addChoked(), 'allowed-fast')).toBe(0);
    const have = Bitfield.none(PIECES);
    have.add(3);
    start(have);
    expect(sentTo(addChoked([0, 1, 2]), 'allowed-fast')).toBe(0);
  });

  it.each(['suggest', 'allowed-fast'] as const)(
    'and the like of no piece of the torrent close: %s',
    (type) => {
      core.onMessage(core.addPeer({ fast: true }), { type, piece: PIECES });
      core.onMessage(core.addPeer({ fast: false }), { type, piece: 0 });
      expect(recorder.closed.map(([, reason]) => reason)).toEqual([
        'protocol-violation',
        'protocol-violation',
      ]);
    },
  );
});

describe('requests that are not answered', () => {
  it('go to others when later ones were answered, and late blocks are still welcome', () => {
    const peer = addSeeder(2);
    core.onMessage(peer, { type: 'unchoke' });
    const [skipped = '', ...rest] = requests(peer);
    while (recorder.now <= MIN_REQUEST_TIMEOUT) {
      recorder.now += TICK_INTERVAL;
      const next = rest.shift();
      if (next !== undefined) deliver(core, peer, rangeOf(next));
      core.tick();
      rest.push(...requests(peer));
    }
    const other = addSeeder(40);
    core.onMessage(other, { type: 'unchoke' });
    expect(requests(other)).toContain(skipped);
    const { piece, begin, length } = rangeOf(skipped);
    expect(core.onBlockStart(peer, piece, begin, length)).toBeDefined();
  });

  it('snub a peer that sends nothing, which gets one at a time from then on', () => {
    const peer = addSeeder(8);
    core.onMessage(peer, { type: 'unchoke' });
    expect(requests(peer)).toHaveLength(8);
    pass(FIRST_REQUEST_TIMEOUT);
    expect(requests(peer)).toHaveLength(1);
  });
});
