import { Bitfield, BLOCK_SIZE, type BlockRange, type PeerMessage } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import {
  END_GAME_AGE,
  INITIAL_WINDOW,
  MAX_BAD_REQUESTS,
  MAX_QUEUED_REQUESTS,
  FIRST_REQUEST_TIMEOUT,
  FIRST_UPLOAD_SLOTS,
  TICK_INTERVAL,
  UPLOAD_SLOTS,
} from './constants.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { createSeededRandom } from './random.ts';
import { createSeederChoker } from './seeder-choker-policy.ts';
import { createTitForTatChoker } from './tit-for-tat-choker-policy.ts';
import { createTorrentCore, type TorrentCore } from './torrent-core.ts';

const PIECES = 8;
const BLOCKS_PER_PIECE = 4;
const PIECE_SIZE = BLOCKS_PER_PIECE * BLOCK_SIZE;

/** The messages of one type. */
type MessageOf<T, M = PeerMessage> = M extends { type: infer U }
  ? T extends U
    ? Omit<M, 'type'> & { type: T }
    : never
  : never;

/** Keeps what a core did. */
class RecordingSink implements CoreSink {
  sent: [PeerHandle, PeerMessage][] = [];
  blocks: [PeerHandle, BlockRange][] = [];
  stopped: PeerHandle[] = [];
  verifying: number[] = [];
  closed: [PeerHandle, string][] = [];
  banned: PeerHandle[] = [];
  waiting: PeerHandle[] = [];
  slots = Infinity;
  isCompleted = false;

  send(peer: PeerHandle, message: PeerMessage): void {
    this.sent.push([peer, message]);
  }
  uploadsWaiting(peer: PeerHandle): void {
    this.waiting.push(peer);
  }
  sendBlock(peer: PeerHandle, block: BlockRange): void {
    this.blocks.push([peer, block]);
  }
  stopReceiving(peer: PeerHandle): void {
    this.stopped.push(peer);
  }
  openPiece(piece: number): Slot | undefined {
    if (this.slots === 0) return undefined;
    this.slots -= 1;
    return piece as Slot;
  }
  verifyPiece(piece: number): void {
    this.verifying.push(piece);
  }
  releasePiece(): void {
    this.slots += 1;
  }
  closePeer(peer: PeerHandle, reason: string): void {
    this.closed.push([peer, reason]);
  }
  banPeer(peer: PeerHandle): void {
    this.banned.push(peer);
  }
  completed(): void {
    this.isCompleted = true;
  }

  /** Takes the messages of one type sent to a peer since the last call. */
  take<T extends PeerMessage['type']>(peer: PeerHandle, type: T): MessageOf<T>[] {
    const taken = this.sent.filter(([to, message]) => to === peer && message.type === type);
    this.sent = this.sent.filter((entry) => !taken.includes(entry));
    return taken.map(([, message]) => message as MessageOf<T>);
  }
}

let now = 0;
let sink: RecordingSink;

function createCore(have: Bitfield, pieces = PIECES): TorrentCore {
  const random = createSeededRandom(7);
  return createTorrentCore(
    {
      clock: { now: () => now },
      random,
      sink,
      picker: createRarestFirstPicker({ random }),
      chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
    },
    {
      geometry: {
        pieceCount: pieces,
        blockSize: BLOCK_SIZE,
        pieceSize: () => PIECE_SIZE,
        payloadSize: () => PIECE_SIZE,
        servedSize: () => PIECE_SIZE,
      },
      have,
    },
  );
}

/** Adds a peer that has everything and has unchoked us. */
function addSeeder(core: TorrentCore): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.onMessage(peer, { type: 'have-all' });
  core.onMessage(peer, { type: 'unchoke' });
  return peer;
}

/** Adds a peer that has nothing and wants something. */
function addLeecher(core: TorrentCore): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.onMessage(peer, { type: 'have-none' });
  core.onMessage(peer, { type: 'interested' });
  return peer;
}

/** Answers a request in full; returns whether the block was wanted when it began. */
function deliver(core: TorrentCore, peer: PeerHandle, { piece, begin, length }: BlockRange): boolean {
  const slot = core.onBlockStart(peer, piece, begin, length);
  core.onBlockEnd(peer, length);
  return slot !== undefined;
}

/** Lets time pass in steps of a tick. */
function pass(core: TorrentCore, milliseconds: number): void {
  for (const end = now + milliseconds; now < end;) {
    now += 250;
    core.tick();
  }
}

beforeEach(() => {
  now = 0;
  sink = new RecordingSink();
});

describe('fetching', () => {
  it('says what it has, in the form the peer understands', () => {
    const some = Bitfield.none(PIECES);
    some.add(2);
    const types = (have: Bitfield, fast: boolean): string[] => {
      sink = new RecordingSink();
      const core = createCore(have);
      core.greet(core.addPeer({ fast }));
      return sink.sent.map(([, message]) => message.type);
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
    expect(sink.take(peer, 'interested')).toHaveLength(1);
    const asked = new Set<string>();
    for (
      let requests = sink.take(peer, 'request');
      requests.length > 0;
      requests = sink.take(peer, 'request')
    ) {
      for (const request of requests) {
        asked.add(`${request.piece}:${request.begin}`);
        expect(deliver(core, peer, request)).toBe(true);
      }
    }
    expect(asked.size).toBe(PIECES * BLOCKS_PER_PIECE);
    expect(sink.verifying.toSorted()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    for (const piece of sink.verifying) core.pieceVerified(piece);
    expect(sink.isCompleted).toBe(true);
    expect(sink.closed).toEqual([[peer, 'both-complete']]);
    expect(core.waste.total).toBe(0);
  });

  it('keeps to the window and to the limit of the peer', () => {
    const core = createCore(Bitfield.none(100), 100);
    const peer = addSeeder(core);
    expect(sink.take(peer, 'request')).toHaveLength(INITIAL_WINDOW);
    const modest = core.addPeer({ fast: true });
    core.setRequestLimit(modest, 3);
    core.onMessage(modest, { type: 'have-all' });
    core.onMessage(modest, { type: 'unchoke' });
    expect(sink.take(modest, 'request')).toHaveLength(3);
  });

  it('widens the window while that raises the rate', () => {
    const core = createCore(Bitfield.none(2_000), 2_000);
    const peer = addSeeder(core);
    core.setRequestLimit(peer, 400);
    let largest = 0;
    for (let round = 0; round < 60; round += 1) {
      const requests = sink.take(peer, 'request');
      now += 50;
      for (const request of requests) deliver(core, peer, request);
      for (const piece of sink.verifying.splice(0)) core.pieceVerified(piece);
      largest = Math.max(largest, requests.length);
      if (round % 5 === 4) core.tick();
    }
    expect(largest).toBeGreaterThan(200);
    expect(largest).toBeLessThanOrEqual(400);
  });

  it('opens no piece without a buffer, and goes on when one is free', () => {
    sink.slots = 1;
    const core = createCore(Bitfield.none(PIECES));
    const peer = addSeeder(core);
    const requests = sink.take(peer, 'request');
    expect(new Set(requests.map(({ piece }) => piece)).size).toBe(1);
    for (const request of requests) deliver(core, peer, request);
    expect(sink.take(peer, 'request')).toEqual([]);
    core.pieceVerified(sink.verifying[0]!);
    expect(sink.take(peer, 'request')).toHaveLength(BLOCKS_PER_PIECE);
  });

  it('shares a piece among peers when there is nothing else to open', () => {
    sink.slots = 1;
    const core = createCore(Bitfield.none(PIECES));
    const slow = core.addPeer({ fast: true });
    core.setRequestLimit(slow, 1);
    core.onMessage(slow, { type: 'have-all' });
    core.onMessage(slow, { type: 'unchoke' });
    const other = addSeeder(core);
    const first = sink.take(slow, 'request')[0]!;
    const rest = sink.take(other, 'request');
    expect(rest.every(({ piece }) => piece === first.piece)).toBe(true);
    expect(rest).toHaveLength(BLOCKS_PER_PIECE - 1);
  });

  it('asks another peer for what one that choked, rejected or left owes', () => {
    const core = createCore(Bitfield.none(1), 1);
    const leaves = addSeeder(core);
    const owed = sink.take(leaves, 'request');
    const rejects = addSeeder(core);
    core.removePeer(leaves);
    expect(sink.take(rejects, 'request')).toEqual(owed);
    core.onMessage(rejects, { ...owed[0]!, type: 'reject' });
    const chokes = core.addPeer({ fast: false });
    core.onMessage(chokes, { type: 'bitfield', bits: Uint8Array.of(0x80) });
    core.onMessage(chokes, { type: 'unchoke' });
    expect(sink.take(chokes, 'request')).toEqual([owed[0]]);
    core.onMessage(chokes, { type: 'choke' });
    expect(sink.take(addSeeder(core), 'request')).toEqual([owed[0]]);
  });

  it('asks others for what a silent peer owes, and still takes its late blocks', () => {
    const core = createCore(Bitfield.none(1), 1);
    const silent = addSeeder(core);
    const quick = addSeeder(core);
    const owed = sink.take(silent, 'request');
    expect(owed).toHaveLength(BLOCKS_PER_PIECE);
    pass(core, FIRST_REQUEST_TIMEOUT);
    const elsewhere = sink.take(quick, 'request');
    expect(owed).toEqual(expect.arrayContaining(elsewhere));
    expect(elsewhere.length).toBeGreaterThanOrEqual(BLOCKS_PER_PIECE - 1);
    expect(deliver(core, silent, elsewhere[0]!)).toBe(true);
    expect(sink.take(quick, 'cancel')).toEqual([{ ...elsewhere[0], type: 'cancel' }]);
  });

  it('does not take a peer that is not read for a silent one', () => {
    const core = createCore(Bitfield.none(1), 1);
    const paused = addSeeder(core);
    expect(sink.take(paused, 'request')).toHaveLength(BLOCKS_PER_PIECE);
    pass(core, FIRST_REQUEST_TIMEOUT - TICK_INTERVAL);
    core.onReadingPaused(paused);
    pass(core, FIRST_REQUEST_TIMEOUT - TICK_INTERVAL);
    expect(sink.take(paused, 'request')).toEqual([]);
    pass(core, TICK_INTERVAL);
    // Snubbed by now: it is asked again for what it was released from, one block at a time.
    expect(sink.take(paused, 'request')).toHaveLength(1);
  });

  it('in end game asks an idle peer for an old block, once, and cancels the copy that lost', () => {
    const core = createCore(Bitfield.none(1), 1);
    const slow = addSeeder(core);
    const owed = sink.take(slow, 'request');
    const idle = addSeeder(core);
    expect(sink.take(idle, 'request')).toEqual([]);
    pass(core, END_GAME_AGE + 1);
    const again = sink.take(idle, 'request');
    expect(again).toHaveLength(1);
    expect(owed).toContainEqual(again[0]);
    deliver(core, idle, again[0]!);
    expect(sink.take(slow, 'cancel')).toEqual([{ ...again[0], type: 'cancel' }]);
    expect(deliver(core, slow, again[0]!)).toBe(false);
    expect(core.waste.bytes).toEqual({ duplicate: BLOCK_SIZE, unwanted: 0, failed: 0, lost: 0 });
  });

  it('lets one peer at a time write to a block', () => {
    const core = createCore(Bitfield.none(1), 1);
    const slow = addSeeder(core);
    const { piece, begin, length } = sink.take(slow, 'request')[0]!;
    const idle = addSeeder(core);
    pass(core, END_GAME_AGE + 1);
    expect(sink.take(idle, 'request')).toHaveLength(1);
    expect(core.onBlockStart(slow, piece, begin, length)).toBeDefined();
    expect(core.onBlockStart(idle, piece, begin, length)).toBeDefined();
    expect(sink.stopped).toEqual([slow]);
    expect(core.onBlockEnd(slow, length)).toBe(false);
    expect(core.onBlockEnd(idle, length)).toBe(true);
  });

  it('discards blocks nobody asked for, and drops who keeps sending them', () => {
    const core = createCore(Bitfield.none(PIECES));
    const peer = core.addPeer({ fast: true });
    expect(core.onBlockStart(peer, 0, 0, BLOCK_SIZE)).toBeUndefined();
    expect(core.onBlockStart(peer, 99, 5, 1)).toBeUndefined();
    for (let count = 0; count < 2_000; count += 1) deliver(core, peer, { piece: 0, begin: 0, length: 1 });
    expect(sink.closed).toEqual([[peer, 'flood']]);
  });

  it('never asks for blocks of padding', () => {
    const random = createSeededRandom(1);
    const core = createTorrentCore(
      {
        clock: { now: () => now },
        random,
        sink,
        picker: createRarestFirstPicker({ random }),
        chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
      },
      {
        geometry: {
          pieceCount: 2,
          blockSize: BLOCK_SIZE,
          pieceSize: () => PIECE_SIZE,
          servedSize: () => PIECE_SIZE,
          payloadSize: (piece) => (piece === 0 ? 0 : BLOCK_SIZE + 1),
        },
        have: Bitfield.none(2),
      },
    );
    const peer = addSeeder(core);
    expect(sink.verifying).toEqual([0]);
    expect(sink.take(peer, 'request')).toEqual([
      { type: 'request', piece: 1, begin: 0, length: BLOCK_SIZE },
      { type: 'request', piece: 1, begin: BLOCK_SIZE, length: BLOCK_SIZE },
    ]);
  });
});

describe('a store that fails', () => {
  it('blames nobody when the disk fails, and waits until told to go on', () => {
    const core = createCore(Bitfield.none(1), 1);
    const peer = addSeeder(core);
    for (const request of sink.take(peer, 'request')) deliver(core, peer, request);
    core.setPaused(true);
    core.pieceFailed(0);
    expect(sink.closed).toEqual([]);
    expect(sink.take(peer, 'request')).toEqual([]);
    core.setPaused(false);
    expect(sink.take(peer, 'request')).toHaveLength(BLOCKS_PER_PIECE);
  });
});

describe('sending', () => {
  const block = { piece: 1, begin: 0, length: BLOCK_SIZE };

  it('unchokes on interest while slots are free, and gives a slot that is freed to the next', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peers = Array.from({ length: UPLOAD_SLOTS + 1 }, () => addLeecher(core));
    const unchoked = () => peers.filter((peer) => sink.take(peer, 'unchoke').length > 0);
    expect(unchoked()).toEqual(peers.slice(0, UPLOAD_SLOTS));
    core.removePeer(peers[0]!);
    expect(unchoked()).toEqual(peers.slice(-1));
  });

  it('sends the only piece it has to few, and to more as it gets others', () => {
    const have = Bitfield.none(200);
    have.add(0);
    const core = createCore(have, 200);
    const peers = Array.from({ length: UPLOAD_SLOTS }, () => addLeecher(core));
    const unchoked = () => peers.filter((peer) => sink.take(peer, 'unchoke').length > 0);
    expect(unchoked()).toEqual(peers.slice(0, FIRST_UPLOAD_SLOTS + 1));
    have.add(1);
    pass(core, TICK_INTERVAL);
    expect(unchoked()).toHaveLength(1);
  });

  it('as a seeder serves everyone in turn', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peers = Array.from({ length: 3 * UPLOAD_SLOTS }, () => addLeecher(core));
    const served = new Set<PeerHandle>();
    for (let second = 0; second < 20; second += 1) {
      for (const peer of peers) {
        core.onMessage(peer, { type: 'request', ...block });
        if (core.drainUploads(peer, BLOCK_SIZE) > 0) served.add(peer);
      }
      pass(core, 1_000);
    }
    expect(served.size).toBe(peers.length);
  });

  it('as a leecher serves those who send, and one other in turn', () => {
    const have = Bitfield.none(200);
    for (let piece = 0; piece < UPLOAD_SLOTS; piece += 1) have.add(piece);
    const core = createCore(have, 200);
    const peers = Array.from({ length: 2 * UPLOAD_SLOTS }, () => {
      const peer = addLeecher(core);
      core.onMessage(peer, { type: 'have-all' });
      return peer;
    });
    const generous = peers.slice(-4);
    for (const peer of generous) core.onMessage(peer, { type: 'unchoke' });
    const isUnchoked = new Set<PeerHandle>();
    for (let round = 0; round < 8; round += 1) {
      for (const peer of generous)
        for (const request of sink.take(peer, 'request')) deliver(core, peer, request);
      pass(core, 1_000);
      for (const [peer, message] of sink.sent) {
        if (message.type === 'unchoke') isUnchoked.add(peer);
        if (message.type === 'choke') isUnchoked.delete(peer);
      }
      sink.sent = sink.sent.filter(([, message]) => message.type === 'request');
    }
    expect([...isUnchoked]).toEqual(expect.arrayContaining(generous));
    expect(isUnchoked.size).toBe(UPLOAD_SLOTS);
  });

  it('hands out requests in order, not those that were cancelled', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peer = addLeecher(core);
    for (const piece of [1, 2, 3]) core.onMessage(peer, { type: 'request', ...block, piece });
    expect(sink.waiting).toEqual([peer]);
    core.onMessage(peer, { type: 'cancel', ...block, piece: 2 });
    expect(sink.take(peer, 'reject')).toEqual([{ type: 'reject', ...block, piece: 2 }]);
    expect(core.drainUploads(peer, 1)).toBe(BLOCK_SIZE);
    expect(core.drainUploads(peer, 1_000_000)).toBe(BLOCK_SIZE);
    expect(sink.blocks.map(([, sent]) => sent.piece)).toEqual([1, 3]);
    expect(core.peerFigures(peer)?.uploaded).toBe(2 * BLOCK_SIZE);
  });

  it('rejects requests of choked peers, for pieces it lacks, and above its queue; drops who insists', () => {
    const have = Bitfield.none(PIECES);
    have.add(1);
    const core = createCore(have);
    const peer = core.addPeer({ fast: true });
    core.onMessage(peer, { type: 'request', ...block });
    expect(sink.take(peer, 'reject')).toHaveLength(1);
    core.onMessage(peer, { type: 'interested' });
    core.onMessage(peer, { type: 'request', ...block, piece: 0 });
    expect(sink.take(peer, 'reject')).toHaveLength(1);
    for (let count = 0; count < MAX_QUEUED_REQUESTS; count += 1)
      core.onMessage(peer, { type: 'request', ...block });
    expect(sink.take(peer, 'reject')).toHaveLength(0);
    for (let count = 0; count < MAX_BAD_REQUESTS; count += 1)
      core.onMessage(peer, { type: 'request', ...block });
    expect(sink.take(peer, 'reject')).toHaveLength(MAX_BAD_REQUESTS);
    expect(sink.closed).toEqual([[peer, 'flood']]);
  });

  it.each([
    ['beyond the last piece', { piece: PIECES }],
    ['beyond the end of the piece', { begin: PIECE_SIZE - 1 }],
    ['longer than a block', { length: BLOCK_SIZE + 1 }],
    ['of nothing', { length: 0 }],
    ['with an overflowing offset', { begin: 0xffffffff }],
  ])('closes on a request %s', (_, wrong) => {
    const core = createCore(Bitfield.all(PIECES));
    const peer = addLeecher(core);
    core.onMessage(peer, { type: 'request', ...block, ...wrong });
    expect(sink.closed).toEqual([[peer, 'protocol-violation']]);
  });

  it('disconnects when both ends are complete', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peer = addLeecher(core);
    for (let piece = 0; piece < PIECES; piece += 1) core.onMessage(peer, { type: 'have', piece });
    expect(sink.closed).toEqual([[peer, 'both-complete']]);
  });

  it('closes on messages that the protocol does not allow', () => {
    const core = createCore(Bitfield.all(PIECES));
    const messages: PeerMessage[] = [
      { type: 'have', piece: PIECES },
      { type: 'have-all' },
      { type: 'have-none' },
      { type: 'reject', ...block },
    ];
    for (const message of messages) core.onMessage(core.addPeer({ fast: false }), message);
    expect(sink.closed.map(([, reason]) => reason)).toEqual(messages.map(() => 'protocol-violation'));
  });
});
