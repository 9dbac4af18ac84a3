import { Bitfield, BLOCK_SIZE } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FIRST_COPIES_AHEAD,
  FIRST_COPIES_ALONE,
  FIRST_COPIES_DECLINE,
  FIRST_COPIES_PATIENCE,
  FIRST_COPIES_REPEATED,
  FIRST_COPIES_STALL,
  FIRST_COPIES_START,
  FIRST_COPIES_WANTED,
  MAX_FIRST_COPIES_AHEAD,
  TICK_INTERVAL,
} from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import { FirstCopyBoard } from './first-copy-board.ts';
import { Recorder } from './test-recorder.ts';
import type { TorrentCore } from './torrent-core.ts';

const PIECES = 40;

let recorder: Recorder;
let core: TorrentCore;

/** A seeder's core with pieces of one block. */
function start(pieceCount = PIECES, board?: FirstCopyBoard): void {
  recorder = new Recorder();
  core = recorder.createCore({
    seed: 1,
    have: Bitfield.all(pieceCount),
    pieceSize: BLOCK_SIZE,
    firstCopies: true,
    firstCopyBoard: board,
  });
}

function addLeecher(): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.greet(peer);
  core.onMessage(peer, { type: 'have-none' });
  core.onMessage(peer, { type: 'interested' });
  return peer;
}

/** Pieces that a peer was shown since the last call. */
function takeShown(peer: PeerHandle): number[] {
  return recorder.take(peer, 'have').map(({ piece }) => piece);
}

function request(peer: PeerHandle, piece: number): void {
  core.onMessage(peer, { type: 'request', piece, begin: 0, length: BLOCK_SIZE });
  core.drainUploads(peer, BLOCK_SIZE);
}

/** The peer fetches a piece and says so. */
function fetch(peer: PeerHandle, piece: number): void {
  request(peer, piece);
  core.onMessage(peer, { type: 'have', piece });
}

function pass(milliseconds: number): void {
  recorder.pass(core, milliseconds);
}

beforeEach(() => {
  start();
});

describe('first copies', () => {
  it('begin with nothing, shown to one peer each and dealt evenly', () => {
    const peers = [addLeecher(), addLeecher()];
    expect(recorder.sent.filter(([, message]) => message.type === 'have-none')).toHaveLength(2);
    expect(recorder.sent.some(([, message]) => message.type === 'have-all')).toBe(false);
    const shown = peers.map(takeShown);
    // The first was there alone and got all that may be under way; what comes free goes to the second.
    expect(shown.map((pieces) => pieces.length)).toEqual([FIRST_COPIES_START, 0]);
    for (const piece of shown[0]!) fetch(peers[0]!, piece);
    const next = peers.map(takeShown);
    expect(next[1]!.length).toBeGreaterThanOrEqual(FIRST_COPIES_START);
    expect(new Set([...shown, ...next].flat()).size).toBe(3 * FIRST_COPIES_START);
  });

  it('are shown to nobody else before all are out, and everything to everyone then', () => {
    const peers = Array.from({ length: 4 }, addLeecher);
    const owners = new Map<number, PeerHandle>();
    for (let round = 0; owners.size < PIECES; round += 1) {
      expect(round).toBeLessThan(PIECES);
      for (const peer of peers) {
        for (const piece of takeShown(peer)) {
          expect(owners.has(piece)).toBe(false);
          owners.set(piece, peer);
        }
      }
      if (owners.size < PIECES) for (const [piece, peer] of owners) fetch(peer, piece);
    }
    for (const [piece, peer] of owners) fetch(peer, piece);
    for (const peer of peers) expect(new Set(takeShown(peer)).size).toBe(PIECES);
    const late = core.addPeer({ fast: true });
    core.greet(late);
    expect(recorder.sent.at(-1)).toEqual([late, { type: 'have-all' }]);
  });

  it('are over for a peer that is there alone, and begin for those who come later', () => {
    const alone = addLeecher();
    pass(FIRST_COPIES_ALONE);
    expect(new Set(takeShown(alone)).size).toBe(PIECES);
    request(alone, 7);
    const later = [addLeecher(), addLeecher()];
    pass(FIRST_COPIES_ALONE);
    const shown = later.map(takeShown);
    for (const pieces of shown) expect(pieces.length).toBeLessThan(PIECES);
    expect(new Set(shown.flat()).size).toBe(shown.flat().length);
  });

  it('are not over while two are there, however long they take', () => {
    const peers = [addLeecher(), addLeecher()];
    const owned = peers.map(takeShown);
    for (let passed = 0; passed < 3 * FIRST_COPIES_ALONE; passed += TICK_INTERVAL) {
      peers.forEach((peer, index) => {
        for (const piece of owned[index] ?? []) request(peer, piece);
      });
      pass(TICK_INTERVAL);
    }
    for (const peer of peers) expect(takeShown(peer).length).toBeLessThan(PIECES / 2);
  });

  it('are not asked of a peer that wants a part only: it is shown everything to choose from', () => {
    const selective = addLeecher();
    const declined = takeShown(selective);
    core.onMessage(selective, { type: 'not-interested' });
    pass(FIRST_COPIES_DECLINE);
    expect(takeShown(selective)).toEqual([]);
    pass(TICK_INTERVAL);
    expect(takeShown(selective)).toHaveLength(PIECES);
    const other = addLeecher();
    expect(new Set(takeShown(other))).toEqual(new Set(declined));
  });

  it('count what peers have from elsewhere', () => {
    const peer = core.addPeer({ fast: true });
    const bits = Bitfield.all(PIECES);
    core.onMessage(peer, { type: 'bitfield', bits: Uint8Array.from(bits.bytes) });
    core.greet(core.addPeer({ fast: true }));
    expect(recorder.sent.at(-1)?.[1].type).toBe('have-all');
  });

  it('are each shown by one core alone where two share a board', () => {
    const memory = new SharedArrayBuffer(FirstCopyBoard.bytesFor(PIECES));
    const shown: number[] = [];
    const members = [1, 2].map((owner) => {
      start(PIECES, new FirstCopyBoard(memory, owner));
      const peer = addLeecher();
      const waiting = takeShown(peer);
      shown.push(...waiting);
      return { core, recorder, peer, waiting };
    });
    for (let round = 0; shown.length < PIECES; round += 1) {
      expect(round).toBeLessThan(2 * PIECES);
      const member = members[round % members.length]!;
      ({ core, recorder } = member);
      const piece = member.waiting.shift();
      if (piece !== undefined) fetch(member.peer, piece);
      const more = takeShown(member.peer);
      member.waiting.push(...more);
      shown.push(...more);
    }
    expect(new Set(shown).size).toBe(PIECES);
    expect(shown).toHaveLength(PIECES);
    expect(members.every(({ waiting }) => waiting.length > 0)).toBe(true);
    for (const member of members) {
      ({ core, recorder } = member);
      for (const piece of member.waiting) fetch(member.peer, piece);
    }
    // The first learns at a tick that the second has brought out the last.
    ({ core, recorder } = members[0]!);
    pass(TICK_INTERVAL);
    expect(takeShown(members[0]!.peer).length).toBeGreaterThan(0);
  });

  it('go to another peer when one leaves', () => {
    const gone = addLeecher();
    const shown = takeShown(gone);
    const other = addLeecher();
    core.removePeer(gone);
    expect(takeShown(other).toSorted()).toEqual(shown.toSorted());
  });

  it('go to another peer when one asks for none, which is shown everything', () => {
    const slow = addLeecher();
    const shown = takeShown(slow);
    const other = addLeecher();
    pass(FIRST_COPIES_STALL + TICK_INTERVAL);
    expect(takeShown(other).toSorted()).toEqual(shown.toSorted());
    expect(new Set([...shown, ...takeShown(slow)]).size).toBe(PIECES);
  });

  it('count as made a while after they were sent to a peer that says nothing of it', () => {
    const silent = addLeecher();
    const [first = 0] = takeShown(silent);
    request(silent, first);
    expect(takeShown(silent)).toEqual([]);
    pass(FIRST_COPIES_PATIENCE + TICK_INTERVAL);
    expect(takeShown(silent).length).toBeGreaterThan(0);
  });

  it('end with everything shown to a peer that has it too: two seeders must find each other complete', () => {
    const seeder = core.addPeer({ fast: true });
    core.greet(seeder);
    core.onMessage(seeder, { type: 'have-none' });
    const shown = takeShown(seeder);
    for (let piece = 0; piece < PIECES - 1; piece += 1) {
      if (!shown.includes(piece)) core.onMessage(seeder, { type: 'have', piece });
    }
    pass(FIRST_COPIES_DECLINE + TICK_INTERVAL);
    expect(new Set([...shown, ...takeShown(seeder)]).size).toBe(PIECES);
  });

  it('are shown before their turn to a peer that needs them soon, as many as it may have under way', () => {
    const reader = addLeecher();
    const other = addLeecher();
    const shown = [reader, other].map(takeShown).flat();
    const wanted = Array.from({ length: PIECES }, (_, piece) => piece).filter(
      (piece) => !shown.includes(piece),
    );
    core.onWanted(reader, [PIECES, 0xffff_ffff, ...wanted]);
    const early = takeShown(reader);
    expect(early).toEqual(wanted.slice(0, FIRST_COPIES_WANTED - FIRST_COPIES_START));
    core.onWanted(reader, wanted);
    expect(takeShown(reader)).toEqual([]);
    fetch(reader, early[0]!);
    core.onWanted(reader, wanted);
    expect(takeShown(reader)).toEqual([wanted[early.length]]);
    // They are first copies: nobody else is shown them.
    for (const piece of shown) fetch(reader, piece);
    expect(takeShown(other).filter((piece) => early.includes(piece))).toEqual([]);
  });

  it('are sent again, few at a time, to a peer that needs soon what others were shown', () => {
    const first = addLeecher();
    const owned = takeShown(first);
    for (const piece of owned) fetch(first, piece);
    const wanted = [...owned, ...takeShown(first)];
    const reader = addLeecher();
    const known = takeShown(reader);
    expect(wanted.length).toBeGreaterThan(FIRST_COPIES_REPEATED);
    core.onWanted(reader, wanted);
    expect(takeShown(reader)).toEqual(wanted.slice(0, FIRST_COPIES_REPEATED));
    const [repeated = 0] = wanted;
    fetch(reader, repeated);
    core.onWanted(reader, wanted);
    const next = takeShown(reader).filter((piece) => wanted.includes(piece));
    expect(next).toEqual([wanted[FIRST_COPIES_REPEATED]]);
    expect(known.filter((piece) => wanted.includes(piece))).toEqual([]);
    // What it does not ask for after all keeps nothing from it.
    pass(FIRST_COPIES_PATIENCE + TICK_INTERVAL);
    takeShown(reader);
    core.onWanted(reader, wanted.slice(FIRST_COPIES_REPEATED + 1));
    expect(takeShown(reader)).toEqual(
      wanted.slice(FIRST_COPIES_REPEATED + 1).slice(0, FIRST_COPIES_REPEATED),
    );
  });

  it('are as many at a time as the uplink takes', () => {
    start(4_000);
    const peer = addLeecher();
    let most = 0;
    // Not to the end: then all pieces are shown to everyone.
    for (let left = 3_000, round = 0; left > 0; round += 1) {
      const shown = takeShown(peer);
      most = Math.max(most, shown.length);
      left -= shown.length;
      for (const piece of shown) fetch(peer, piece);
      if (round % 100 === 99) pass(TICK_INTERVAL);
    }
    expect(most).toBeGreaterThan(10 * FIRST_COPIES_AHEAD);
    expect(most).toBeLessThanOrEqual(2 * MAX_FIRST_COPIES_AHEAD);
  });
});
