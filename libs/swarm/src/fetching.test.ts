import { Bitfield, BLOCK_SIZE } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  END_GAME_AGE,
  END_GAME_ROUND_TRIPS,
  FIRST_REQUEST_TIMEOUT,
  INITIAL_WINDOW,
  TICK_INTERVAL,
} from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import { deliver, Recorder } from './test-recorder.ts';
import type { TorrentCore } from './torrent-core.ts';

const PIECES = 8;
const BLOCKS_PER_PIECE = 4;
/** What a peer sends at a time that sends in beats. */
const BLOCKS_PER_BEAT = 40;
const PIECE_SIZE = BLOCKS_PER_PIECE * BLOCK_SIZE;

let recorder: Recorder;

function createCore(have: Bitfield): TorrentCore {
  return recorder.createCore({ seed: 7, have, pieceSize: PIECE_SIZE });
}

/** Adds a peer that has everything and has unchoked us. */
function addSeeder(core: TorrentCore): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.onMessage(peer, { type: 'have-all' });
  core.onMessage(peer, { type: 'unchoke' });
  return peer;
}

beforeEach(() => {
  recorder = new Recorder();
});

describe('fetching', () => {
  it('says what it has, in the form the peer understands', () => {
    const some = Bitfield.none(PIECES);
    some.add(2);
    const types = (have: Bitfield, fast: boolean): string[] => {
      recorder = new Recorder();
      const core = createCore(have);
      core.greet(core.addPeer({ fast }));
      return recorder.sent.map(([, message]) => message.type);
    };
    expect(types(Bitfield.none(PIECES), true)).toEqual(['have-none']);
    expect(types(Bitfield.none(PIECES), false)).toEqual([]);
    expect(types(Bitfield.all(PIECES), true)).toEqual(['have-all']);
    expect(types(Bitfield.all(PIECES), false)).toEqual(['bitfield']);
    expect(types(some, true)).toEqual(['bitfield']);
  });

  it('is interested, then asks for every block once, piece by piece, and completes', () => {
    const core = createCore(Bitfield.none(PIECES));
    const peer = addSeeder(core);
    expect(recorder.take(peer, 'interested')).toHaveLength(1);
    const asked = new Set<string>();
    for (
      let requests = recorder.take(peer, 'request');
      requests.length > 0;
      requests = recorder.take(peer, 'request')
    ) {
      for (const request of requests) {
        asked.add(`${request.piece}:${request.begin}`);
        expect(deliver(core, peer, request)).toBe(true);
      }
    }
    expect(asked.size).toBe(PIECES * BLOCKS_PER_PIECE);
    expect(recorder.verifying.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const piece of recorder.verifying) core.pieceVerified(piece);
    expect(recorder.isCompleted).toBe(true);
    expect(recorder.closed).toEqual([[peer, 'both-complete']]);
    expect(core.waste.total).toBe(0);
  });

  it('keeps to the window and to the limit of the peer', () => {
    const core = createCore(Bitfield.none(100));
    const peer = addSeeder(core);
    expect(recorder.take(peer, 'request')).toHaveLength(INITIAL_WINDOW);
    const modest = core.addPeer({ fast: true });
    core.setRequestLimit(modest, 3);
    core.onMessage(modest, { type: 'have-all' });
    core.onMessage(modest, { type: 'unchoke' });
    expect(recorder.take(modest, 'request')).toHaveLength(3);
  });

  it('widens the window while that raises the rate', () => {
    const core = createCore(Bitfield.none(2_000));
    const peer = addSeeder(core);
    core.setRequestLimit(peer, 400);
    let largest = 0;
    for (let round = 0; round < 60; round += 1) {
      const requests = recorder.take(peer, 'request');
      recorder.now += 50;
      for (const request of requests) deliver(core, peer, request);
      for (const piece of recorder.verifying.splice(0)) core.pieceVerified(piece);
      largest = Math.max(largest, requests.length);
      if (round % 5 === 4) core.tick();
    }
    expect(largest).toBeGreaterThan(200);
    expect(largest).toBeLessThanOrEqual(400);
  });

  it('opens no piece without a buffer, and goes on when one is free', () => {
    recorder.slots = 1;
    const core = createCore(Bitfield.none(PIECES));
    const peer = addSeeder(core);
    const requests = recorder.take(peer, 'request');
    expect(new Set(requests.map(({ piece }) => piece)).size).toBe(1);
    for (const request of requests) deliver(core, peer, request);
    expect(recorder.take(peer, 'request')).toEqual([]);
    core.pieceVerified(recorder.verifying[0]!);
    expect(recorder.take(peer, 'request')).toHaveLength(BLOCKS_PER_PIECE);
  });

  it('shares a piece among peers when there is nothing else to open', () => {
    recorder.slots = 1;
    const core = createCore(Bitfield.none(PIECES));
    const slow = core.addPeer({ fast: true });
    core.setRequestLimit(slow, 1);
    core.onMessage(slow, { type: 'have-all' });
    core.onMessage(slow, { type: 'unchoke' });
    const other = addSeeder(core);
    const first = recorder.take(slow, 'request')[0]!;
    const rest = recorder.take(other, 'request');
    expect(rest.every(({ piece }) => piece === first.piece)).toBe(true);
    expect(rest).toHaveLength(BLOCKS_PER_PIECE - 1);
  });

  it('asks another peer for what one that choked, rejected or left owes', () => {
    const core = createCore(Bitfield.none(1));
    const leaves = addSeeder(core);
    const owed = recorder.take(leaves, 'request');
    const rejects = addSeeder(core);
    core.removePeer(leaves);
    expect(recorder.take(rejects, 'request')).toEqual(owed);
    core.onMessage(rejects, { ...owed[0]!, type: 'reject' });
    const chokes = core.addPeer({ fast: false });
    core.onMessage(chokes, { type: 'bitfield', bits: Uint8Array.of(0x80) });
    core.onMessage(chokes, { type: 'unchoke' });
    expect(recorder.take(chokes, 'request')).toEqual([owed[0]]);
    core.onMessage(chokes, { type: 'choke' });
    expect(recorder.take(addSeeder(core), 'request')).toEqual([owed[0]]);
  });

  it('asks others for what a silent peer owes, and still takes its late blocks', () => {
    const core = createCore(Bitfield.none(1));
    const silent = addSeeder(core);
    const quick = addSeeder(core);
    const owed = recorder.take(silent, 'request');
    expect(owed).toHaveLength(BLOCKS_PER_PIECE);
    recorder.pass(core, FIRST_REQUEST_TIMEOUT);
    const elsewhere = recorder.take(quick, 'request');
    expect(owed).toEqual(expect.arrayContaining(elsewhere));
    expect(elsewhere.length).toBeGreaterThanOrEqual(BLOCKS_PER_PIECE - 1);
    expect(deliver(core, silent, elsewhere[0]!)).toBe(true);
    expect(recorder.take(quick, 'cancel')).toEqual([{ ...elsewhere[0], type: 'cancel' }]);
  });

  it('does not take a peer that is not read for a silent one', () => {
    const core = createCore(Bitfield.none(1));
    const paused = addSeeder(core);
    expect(recorder.take(paused, 'request')).toHaveLength(BLOCKS_PER_PIECE);
    recorder.pass(core, FIRST_REQUEST_TIMEOUT - TICK_INTERVAL);
    core.onReadingPaused(paused);
    recorder.pass(core, FIRST_REQUEST_TIMEOUT - TICK_INTERVAL);
    expect(recorder.take(paused, 'request')).toEqual([]);
    recorder.pass(core, TICK_INTERVAL);
    // Snubbed by now: it is asked again for what it was released from, one block at a time.
    expect(recorder.take(paused, 'request')).toHaveLength(1);
  });

  it('asks more and more of a peer that sends in beats, as much each time as it was asked for', () => {
    const core = createCore(Bitfield.none(PIECES * 64));
    const peer = addSeeder(core);
    const owed = recorder.take(peer, 'request');
    const send = (): number => {
      const blocks = owed.splice(0, BLOCKS_PER_BEAT);
      for (const request of blocks) deliver(core, peer, request);
      return blocks.length;
    };
    // A moment of good service: the round trip to go by is short from then on.
    send();
    const beats = Array.from({ length: 40 }, () => {
      recorder.pass(core, 2 * TICK_INTERVAL);
      owed.push(...recorder.take(peer, 'request'));
      return send();
    });
    expect(Math.min(...beats.slice(0, 10))).toBeLessThan(INITIAL_WINDOW);
    expect(beats.slice(-10)).toEqual(Array<number>(10).fill(BLOCKS_PER_BEAT));
  });

  it('in end game asks an idle peer for an old block, once, and cancels the copy that lost', () => {
    const core = createCore(Bitfield.none(1));
    const slow = addSeeder(core);
    const owed = recorder.take(slow, 'request');
    const idle = addSeeder(core);
    expect(recorder.take(idle, 'request')).toEqual([]);
    recorder.pass(core, END_GAME_AGE + 1);
    const again = recorder.take(idle, 'request');
    expect(again).toHaveLength(1);
    expect(owed).toContainEqual(again[0]);
    deliver(core, idle, again[0]!);
    expect(recorder.take(slow, 'cancel')).toEqual([{ ...again[0], type: 'cancel' }]);
    expect(deliver(core, slow, again[0]!)).toBe(false);
    expect(core.waste.bytes).toEqual({ duplicate: BLOCK_SIZE, unwanted: 0, failed: 0, lost: 0 });
  });

  it('in end game gives a block the time of ten that the idle peer sends: links may be slow', () => {
    const core = createCore(Bitfield.none(2));
    const idle = core.addPeer({ fast: true });
    core.onMessage(idle, { type: 'have', piece: 0 });
    core.onMessage(idle, { type: 'unchoke' });
    const requests = recorder.take(idle, 'request');
    const slow = addSeeder(core);
    expect(recorder.take(slow, 'request')).toHaveLength(BLOCKS_PER_PIECE);
    recorder.pass(core, TICK_INTERVAL);
    for (const request of requests) deliver(core, idle, request);
    core.onMessage(idle, { type: 'have', piece: 1 });
    recorder.pass(core, (END_GAME_ROUND_TRIPS - 1) * TICK_INTERVAL);
    expect(recorder.take(idle, 'request')).toEqual([]);
    recorder.pass(core, TICK_INTERVAL);
    expect(recorder.take(idle, 'request')).toHaveLength(1);
  });

  it('lets one peer at a time write to a block', () => {
    const core = createCore(Bitfield.none(1));
    const slow = addSeeder(core);
    const { piece, begin, length } = recorder.take(slow, 'request')[0]!;
    const idle = addSeeder(core);
    recorder.pass(core, END_GAME_AGE + 1);
    expect(recorder.take(idle, 'request')).toHaveLength(1);
    expect(core.onBlockStart(slow, piece, begin, length)).toBeDefined();
    expect(core.onBlockStart(idle, piece, begin, length)).toBeDefined();
    expect(recorder.stopped).toEqual([slow]);
    expect(core.onBlockEnd(slow, length)).toBe(false);
    expect(core.onBlockEnd(idle, length)).toBe(true);
  });

  it('discards blocks nobody asked for, and drops who keeps sending them', () => {
    const core = createCore(Bitfield.none(PIECES));
    const peer = core.addPeer({ fast: true });
    expect(core.onBlockStart(peer, 0, 0, BLOCK_SIZE)).toBeUndefined();
    expect(core.onBlockStart(peer, 99, 5, 1)).toBeUndefined();
    for (let count = 0; count < 2_000; count += 1) deliver(core, peer, { piece: 0, begin: 0, length: 1 });
    expect(recorder.closed).toEqual([[peer, 'flood']]);
  });

  it('never asks for blocks of padding', () => {
    const core = recorder.createCore({
      seed: 1,
      have: Bitfield.none(2),
      pieceSize: PIECE_SIZE,
      payloadSize: (piece) => (piece === 0 ? 0 : BLOCK_SIZE + 1),
    });
    const peer = addSeeder(core);
    expect(recorder.verifying).toEqual([0]);
    expect(recorder.take(peer, 'request')).toEqual([
      { type: 'request', piece: 1, begin: 0, length: BLOCK_SIZE },
      { type: 'request', piece: 1, begin: BLOCK_SIZE, length: BLOCK_SIZE },
    ]);
  });
});

describe('a store that fails', () => {
  it('blames nobody when the disk fails, and waits until told to go on', () => {
    const core = createCore(Bitfield.none(1));
    const peer = addSeeder(core);
    for (const request of recorder.take(peer, 'request')) deliver(core, peer, request);
    core.setPaused(true);
    core.pieceFailed(0);
    expect(recorder.closed).toEqual([]);
    expect(recorder.take(peer, 'request')).toEqual([]);
    core.setPaused(false);
    expect(recorder.take(peer, 'request')).toHaveLength(BLOCKS_PER_PIECE);
  });
});
