import { createHash } from 'node:crypto';
import { Bitfield, BLOCK_SIZE, type HashRange, MAX_HASHES, merkleRoot } from '@shoal/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { LEAF_REQUEST_TIMEOUT, MAX_LEAF_REQUESTS } from './constants.ts';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { LeafRequests } from './leaf-requests.ts';
import { OpenPiece } from './open-piece.ts';
import { PeerState } from './peer-state.ts';

const BLOCKS = 4;
const SIZE = BLOCKS * BLOCK_SIZE;
const LEAVES = digests('good', 'good', 'good', 'good');
const RANGE: HashRange = {
  piecesRoot: new Uint8Array(32).fill(7),
  baseLayer: 0,
  index: 8,
  length: BLOCKS,
  proofLayers: 0,
};
const geometry = {
  pieceCount: 3,
  blockSize: BLOCK_SIZE,
  pieceSize: () => SIZE,
  payloadSize: () => SIZE,
  servedSize: () => SIZE,
};

function digests(...contents: string[]): Uint8Array {
  return Buffer.concat(contents.map((content) => createHash('sha256').update(content).digest()));
}

let asked: PeerHandle[];
let outcomes: string[];
let peers: Map<PeerHandle, PeerState>;
let requests: LeafRequests;
let open: OpenPiece;
let width: number;

beforeEach(() => {
  asked = [];
  outcomes = [];
  peers = new Map();
  width = BLOCKS;
  const sink: Pick<CoreSink, 'send'> = {
    send: (peer, message) => {
      expect(message).toEqual({ type: 'hash-request', ...RANGE });
      asked.push(peer);
    },
  };
  const { piecesRoot, index: firstLeaf } = RANGE;
  requests = new LeafRequests(
    { sink, peers },
    {
      trees: () => ({ piecesRoot, firstLeaf, width, root: merkleRoot(LEAVES, BLOCKS) }),
      outcomes: {
        decided: (_, bad) => outcomes.push(`bad ${bad.join()}`),
        undecided: () => outcomes.push('undecided'),
        lied: ({ handle }) => outcomes.push(`peer ${handle} lied`),
      },
    },
  );
  open = new OpenPiece(2, 0 as Slot, { pieceSize: SIZE, payloadSize: SIZE, blockSize: BLOCK_SIZE });
  for (let block = 0; block < BLOCKS; block += 1) open.receive(block, 0 as PeerHandle);
});

function addPeer(number: number, facts = { fast: true, v2: true }): PeerState {
  const peer = new PeerState(number as PeerHandle, facts, geometry, 0);
  peer.have = Bitfield.all(3);
  peers.set(peer.handle, peer);
  return peer;
}

const start = (): boolean => requests.start(open, digests('good', 'bad', 'good', 'worse'), 0);

describe('the leaves of a failed piece', () => {
  it('show which blocks were bad', () => {
    const peer = addPeer(1);
    expect(start()).toBe(true);
    requests.onHashes(peer, RANGE, LEAVES);
    expect(outcomes).toEqual(['bad 1,3']);
    // The inquiry is over.
    requests.onHashes(peer, RANGE, LEAVES);
    expect(outcomes).toHaveLength(1);
    expect(peer.unwantedBlocks).toBe(1);
  });

  it('are asked of a peer that speaks v2 and has the piece, of those who sent it last', () => {
    const sender = addPeer(0);
    addPeer(1, { fast: true, v2: false });
    addPeer(2).have = Bitfield.none(3);
    addPeer(3).isClosing = true;
    const able = addPeer(4);
    expect(start()).toBe(true);
    requests.onReject(able, RANGE, 0);
    expect(asked).toEqual([able.handle, sender.handle]);
    requests.onReject(sender, RANGE, 0);
    expect(outcomes).toEqual(['undecided']);
  });

  it('are asked of another peer when one takes too long or goes, and of few in all', () => {
    const all = Array.from({ length: MAX_LEAF_REQUESTS + 1 }, (_, index) => addPeer(index + 1));
    start();
    requests.tick(LEAF_REQUEST_TIMEOUT - 1);
    expect(asked).toHaveLength(1);
    requests.tick(LEAF_REQUEST_TIMEOUT);
    expect(asked).toHaveLength(2);
    requests.onGone(all[1]!, LEAF_REQUEST_TIMEOUT);
    expect(asked).toEqual([1, 2, 3]);
    // An answer that comes too late is none.
    requests.onHashes(all[0]!, RANGE, LEAVES);
    expect(outcomes).toEqual([]);
    requests.onReject(all[2]!, RANGE, LEAF_REQUEST_TIMEOUT);
    expect(outcomes).toEqual(['undecided']);
  });

  it.each([
    ['others', digests('good', 'good', 'good', 'bad')],
    ['too few', LEAVES.subarray(32)],
    ['none', new Uint8Array()],
  ])('show up a liar who sends %s', (_, hashes) => {
    const peer = addPeer(1);
    start();
    requests.onHashes(peer, RANGE, hashes);
    expect(outcomes).toEqual(['peer 1 lied']);
  });

  it('are not asked for where there is nobody to ask, no more than one, or more than a message holds', () => {
    expect(start()).toBe(false);
    addPeer(1);
    width = 1;
    expect(start()).toBe(false);
    width = 2 * MAX_HASHES;
    expect(start()).toBe(false);
    expect(asked).toEqual([]);
  });
});
