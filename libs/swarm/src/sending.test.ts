import { Bitfield, BLOCK_SIZE, type PeerMessage } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FIRST_UPLOAD_SLOTS,
  MAX_BAD_REQUESTS,
  MAX_QUEUED_REQUESTS,
  TICK_INTERVAL,
  UPLOAD_SLOTS,
} from './constants.ts';
import type { PeerHandle } from './core-sink.ts';
import { addLeecher, deliver, Recorder } from './test-recorder.ts';
import type { TorrentCore } from './torrent-core.ts';

const PIECES = 8;
const PIECE_SIZE = 4 * BLOCK_SIZE;

let recorder: Recorder;

function createCore(have: Bitfield): TorrentCore {
  return recorder.createCore({ seed: 7, have, pieceSize: PIECE_SIZE });
}

beforeEach(() => {
  recorder = new Recorder();
});

describe('sending', () => {
  const block = { piece: 1, begin: 0, length: BLOCK_SIZE };

  it('unchokes on interest while slots are free, and gives a slot that is freed to the next', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peers = Array.from({ length: UPLOAD_SLOTS + 1 }, () => addLeecher(core));
    const unchoked = () => peers.filter((peer) => recorder.take(peer, 'unchoke').length > 0);
    expect(unchoked()).toEqual(peers.slice(0, UPLOAD_SLOTS));
    core.removePeer(peers[0]!);
    expect(unchoked()).toEqual(peers.slice(-1));
  });

  it('sends the only piece it has to few, and to more as it gets others', () => {
    const have = Bitfield.none(200);
    have.add(0);
    const core = createCore(have);
    const peers = Array.from({ length: UPLOAD_SLOTS }, () => addLeecher(core));
    const unchoked = () => peers.filter((peer) => recorder.take(peer, 'unchoke').length > 0);
    expect(unchoked()).toEqual(peers.slice(0, FIRST_UPLOAD_SLOTS + 1));
    have.add(1);
    recorder.pass(core, TICK_INTERVAL);
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
      recorder.pass(core, 1_000);
    }
    expect(served.size).toBe(peers.length);
  });

  it('as a leecher serves those who send, and one other in turn', () => {
    const have = Bitfield.none(200);
    for (let piece = 0; piece < UPLOAD_SLOTS; piece += 1) have.add(piece);
    const core = createCore(have);
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
        for (const request of recorder.take(peer, 'request')) deliver(core, peer, request);
      recorder.pass(core, 1_000);
      for (const [peer, message] of recorder.sent) {
        if (message.type === 'unchoke') isUnchoked.add(peer);
        if (message.type === 'choke') isUnchoked.delete(peer);
      }
      recorder.sent = recorder.sent.filter(([, message]) => message.type === 'request');
    }
    expect([...isUnchoked]).toEqual(expect.arrayContaining(generous));
    expect(isUnchoked.size).toBe(UPLOAD_SLOTS);
  });

  it('hands out requests in order, not those that were cancelled', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peer = addLeecher(core);
    for (const piece of [1, 2, 3]) core.onMessage(peer, { type: 'request', ...block, piece });
    expect(recorder.waiting).toEqual([peer]);
    core.onMessage(peer, { type: 'cancel', ...block, piece: 2 });
    expect(recorder.take(peer, 'reject')).toEqual([{ type: 'reject', ...block, piece: 2 }]);
    expect(core.drainUploads(peer, 1)).toBe(BLOCK_SIZE);
    expect(core.drainUploads(peer, 1_000_000)).toBe(BLOCK_SIZE);
    expect(recorder.blocks.map(([, sent]) => sent.piece)).toEqual([1, 3]);
    expect(core.peerFigures(peer)?.uploaded).toBe(2 * BLOCK_SIZE);
  });

  it('rejects requests of choked peers, for pieces it lacks, and above its queue; drops who insists', () => {
    const have = Bitfield.none(PIECES);
    have.add(1);
    const core = createCore(have);
    const peer = core.addPeer({ fast: true });
    core.onMessage(peer, { type: 'request', ...block });
    expect(recorder.take(peer, 'reject')).toHaveLength(1);
    core.onMessage(peer, { type: 'interested' });
    core.onMessage(peer, { type: 'request', ...block, piece: 0 });
    expect(recorder.take(peer, 'reject')).toHaveLength(1);
    for (let count = 0; count < MAX_QUEUED_REQUESTS; count += 1)
      core.onMessage(peer, { type: 'request', ...block });
    expect(recorder.take(peer, 'reject')).toHaveLength(0);
    for (let count = 0; count < MAX_BAD_REQUESTS; count += 1)
      core.onMessage(peer, { type: 'request', ...block });
    expect(recorder.take(peer, 'reject')).toHaveLength(MAX_BAD_REQUESTS);
    expect(recorder.closed).toEqual([[peer, 'flood']]);
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
    expect(recorder.closed).toEqual([[peer, 'protocol-violation']]);
  });

  it('disconnects when both ends are complete', () => {
    const core = createCore(Bitfield.all(PIECES));
    const peer = addLeecher(core);
    for (let piece = 0; piece < PIECES; piece += 1) core.onMessage(peer, { type: 'have', piece });
    expect(recorder.closed).toEqual([[peer, 'both-complete']]);
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
    expect(recorder.closed.map(([, reason]) => reason)).toEqual(messages.map(() => 'protocol-violation'));
  });
});
