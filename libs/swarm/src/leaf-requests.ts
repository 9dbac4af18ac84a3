import { HASH_LENGTH, type HashRange, MAX_HASHES, merkleRoot } from '@shoal/protocol';
import { isSameDigest } from './block-digests.ts';
import { LEAF_REQUEST_TIMEOUT, MAX_LEAF_REQUESTS } from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import type { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';
import type { PieceTree, PieceTrees } from './piece-tree.ts';

/** A failed piece whose leaves have been asked for. */
interface Inquiry {
  readonly open: OpenPiece;
  /** Digests of the blocks as they came. */
  readonly digests: Uint8Array;
  readonly tree: PieceTree;
  readonly asked: Set<PeerHandle>;
  /** Who was asked last. */
  from: PeerHandle | undefined;
  /** Milliseconds. */
  deadline: number;
}

/** What an inquiry comes to. */
export interface LeafOutcomes {
  /** The leaves are known: these blocks of the piece are bad. */
  readonly decided: (open: OpenPiece, badBlocks: readonly number[]) => void;
  /** Nobody gave the leaves. */
  readonly undecided: (open: OpenPiece, digests: Uint8Array) => void;
  /** The peer answered with hashes that are not the torrent's. */
  readonly lied: (peer: PeerState) => void;
}

/**
 * Asks peers for the leaf hashes of a v2 piece that failed (BEP 52), one peer at a time. An answer is proven by the
 * piece's root, which the metainfo holds, so that it does not matter who gives it.
 */
export class LeafRequests {
  readonly #sink: Pick<CoreSink, 'send'>;
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;
  readonly #trees: PieceTrees;
  readonly #outcomes: LeafOutcomes;
  /** By piece; as many as pieces are open, at most. */
  readonly #inquiries = new Map<number, Inquiry>();

  constructor(
    components: { readonly sink: Pick<CoreSink, 'send'>; readonly peers: ReadonlyMap<PeerHandle, PeerState> },
    init: { readonly trees: PieceTrees; readonly outcomes: LeafOutcomes },
  ) {
    this.#sink = components.sink;
    this.#peers = components.peers;
    this.#trees = init.trees;
    this.#outcomes = init.outcomes;
  }

  /** Asks for the leaves of a failed piece; returns false when there is nobody to ask, or nothing to ask for. */
  start(open: OpenPiece, digests: Uint8Array, now: number): boolean {
    const tree = this.#trees(open.piece);
    // The root of a piece of one block is the leaf.
    if (tree === undefined || tree.width < 2 || tree.width > MAX_HASHES) return false;
    const inquiry: Inquiry = { open, digests, tree, asked: new Set(), from: undefined, deadline: now };
    if (!this.#ask(inquiry, now)) return false;
    this.#inquiries.set(open.piece, inquiry);
    return true;
  }

  onHashes(peer: PeerState, range: HashRange, hashes: Uint8Array): void {
    const inquiry = this.#find(peer, range);
    if (inquiry === undefined) {
      peer.unwantedBlocks += 1;
      return;
    }
    if (!isProven(inquiry.tree, hashes)) {
      this.#outcomes.lied(peer);
      return;
    }
    this.#inquiries.delete(inquiry.open.piece);
    const bad: number[] = [];
    for (let block = 0; block < inquiry.open.blockCount; block += 1) {
      if (!isSameDigest(hashes, inquiry.digests, block)) bad.push(block);
    }
    this.#outcomes.decided(inquiry.open, bad);
  }

  onReject(peer: PeerState, range: HashRange, now: number): void {
    const inquiry = this.#find(peer, range);
    if (inquiry !== undefined) this.#askNext(inquiry, now);
  }

  /** The peer is gone, or on its way. */
  onGone(peer: PeerState, now: number): void {
    for (const inquiry of [...this.#inquiries.values()]) {
      if (inquiry.from === peer.handle) this.#askNext(inquiry, now);
    }
  }

  tick(now: number): void {
    for (const inquiry of [...this.#inquiries.values()]) {
      if (now >= inquiry.deadline) this.#askNext(inquiry, now);
    }
  }

  #find(peer: PeerState, range: HashRange): Inquiry | undefined {
    for (const inquiry of this.#inquiries.values()) {
      if (inquiry.from === peer.handle && isRangeOf(inquiry.tree, range)) return inquiry;
    }
    return undefined;
  }

  #askNext(inquiry: Inquiry, now: number): void {
    if (this.#ask(inquiry, now)) return;
    this.#inquiries.delete(inquiry.open.piece);
    this.#outcomes.undecided(inquiry.open, inquiry.digests);
  }

  /** Those who did not send the piece are asked first: whoever did may be the liar. */
  #ask(inquiry: Inquiry, now: number): boolean {
    if (inquiry.asked.size >= MAX_LEAF_REQUESTS) return false;
    const senders = inquiry.open.senders();
    const able = [...this.#peers.values()].filter(
      (peer) =>
        peer.v2 && !peer.isClosing && peer.have.has(inquiry.open.piece) && !inquiry.asked.has(peer.handle),
    );
    const peer = able.find(({ handle }) => !senders.has(handle)) ?? able[0];
    if (peer === undefined) return false;
    inquiry.asked.add(peer.handle);
    inquiry.from = peer.handle;
    inquiry.deadline = now + LEAF_REQUEST_TIMEOUT;
    this.#sink.send(peer.handle, { type: 'hash-request', ...rangeOf(inquiry.tree) });
    return true;
  }
}

/** All leaves of the piece; no proof, since the piece's root is known. */
function rangeOf({ piecesRoot, firstLeaf, width }: PieceTree): HashRange {
  return { piecesRoot, baseLayer: 0, index: firstLeaf, length: width, proofLayers: 0 };
}

function isRangeOf(tree: PieceTree, range: HashRange): boolean {
  const isSamePlace = range.baseLayer === 0 && range.index === tree.firstLeaf && range.length === tree.width;
  return isSamePlace && isSameDigest(range.piecesRoot, tree.piecesRoot, 0);
}

function isProven({ width, root }: PieceTree, hashes: Uint8Array): boolean {
  return hashes.length === width * HASH_LENGTH && isSameDigest(merkleRoot(hashes, width), root, 0);
}
