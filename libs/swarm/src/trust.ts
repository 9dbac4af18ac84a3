import type { HashRange } from '@shoal/protocol';
import type { BlockScheduler } from './block-scheduler.ts';
import type { Clock } from './clock.ts';
import { MAX_REMEMBERED_BANS, PAROLE_HOLD } from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import { Evidence } from './evidence.ts';
import { LeafRequests } from './leaf-requests.ts';
import type { OpenPiece } from './open-piece.ts';
import type { PeerState } from './peer-state.ts';
import type { PieceTrees } from './piece-tree.ts';
import type { Waste } from './waste.ts';

export interface TrustComponents {
  readonly clock: Clock;
  readonly sink: CoreSink;
  readonly scheduler: BlockScheduler;
  readonly peers: ReadonlyMap<PeerHandle, PeerState>;
  /** Bans who sent bad bytes, who may have left by now. */
  readonly ban: (peer: PeerHandle) => void;
  readonly waste: Waste;
  /** Blocks can be asked for again. */
  readonly onBlocksFree: () => void;
}

/**
 * Finds out who sent the bad blocks of a piece that failed its hash. The only sender is guilty at once. Of several,
 * Merkle leaves show the guilty (v2); where there are none, a good copy of the piece does (v1), which is then fetched
 * from one peer alone. Until that is known those who took part are on parole: not asked for anything while somebody
 * else can settle it, then for pieces of their own only.
 */
export class Trust {
  readonly #components: TrustComponents;
  readonly #evidence = new Evidence();
  readonly #leaves: LeafRequests;
  /** The latest ones; blocks they sent may still be waiting for their hash. */
  readonly #banned = new Set<PeerHandle>();

  constructor(components: TrustComponents, init: { readonly trees: PieceTrees }) {
    this.#components = components;
    const { sink, peers } = components;
    this.#leaves = new LeafRequests(
      { sink, peers },
      {
        trees: init.trees,
        outcomes: {
          decided: (open, badBlocks) => this.#onLeaves(open, badBlocks),
          undecided: (open, digests) => this.#withoutLeaves(open, digests),
          lied: (peer) => this.#ban(peer.handle),
        },
      },
    );
  }

  /** Whether the digests of the piece's blocks are wanted when it matches its hash. */
  wantsDigests(piece: number): boolean {
    return this.#evidence.has(piece);
  }

  /** A piece did not match its hash; its blocks have these digests. */
  onRejected(open: OpenPiece, digests: Uint8Array): void {
    const senders = open.senders();
    const [sole] = senders;
    if (senders.size === 1 && sole !== undefined) this.#ban(sole);
    for (const handle of senders) this.#putOnParole(handle, open);
    if (this.#leaves.start(open, digests, this.#now())) this.#hold(open);
    else this.#withoutLeaves(open, digests);
  }

  /** A piece matched its hash; `digests` when they were wanted. */
  onVerified(piece: number, digests: Uint8Array | undefined): void {
    if (digests === undefined || !this.#evidence.has(piece)) return;
    const guilty = this.#evidence.settle(piece, digests);
    this.#endParole(piece);
    for (const handle of guilty) this.#ban(handle);
  }

  /** The piece is not wanted any more: who was to blame for it stays unknown. */
  onUnwanted(piece: number): void {
    this.#evidence.forget(piece);
    this.#endParole(piece);
  }

  /** The peer sends hashes (BEP 52). */
  onHashes(peer: PeerState, range: HashRange, hashes: Uint8Array): void {
    this.#leaves.onHashes(peer, range, hashes);
  }

  /** The peer will not send these hashes. */
  onHashReject(peer: PeerState, range: HashRange): void {
    this.#leaves.onReject(peer, range, this.#now());
  }

  /** The peer is no longer among the peers. */
  onGone(peer: PeerState): void {
    this.#leaves.onGone(peer, this.#now());
  }

  tick(now: number): void {
    this.#leaves.tick(now);
  }

  /** Merkle leaves name the bad blocks: only these are fetched again. */
  #onLeaves(open: OpenPiece, badBlocks: readonly number[]): void {
    const guilty = new Set(badBlocks.flatMap((block) => open.sender(block) ?? []));
    this.#endParole(open.piece);
    // Every block is right and the piece is not: our own memory failed, nobody is to blame.
    if (badBlocks.length === 0) this.#giveUp(open);
    this.#fetchAgain(open, badBlocks);
    for (const handle of guilty) this.#ban(handle);
    this.#components.onBlocksFree();
  }

  /** Blocks of senders that are known to lie are fetched again first; without any, the whole piece is, from one peer. */
  #withoutLeaves(open: OpenPiece, digests: Uint8Array): void {
    const { scheduler } = this.#components;
    const known = blocksOf(open, this.#banned);
    if (known.length > 0) {
      this.#endParole(open.piece);
      this.#fetchAgain(open, known);
    } else {
      this.#components.waste.add('failed', open.payloadSize);
      for (const piece of this.#evidence.add(open, digests)) this.#endParole(piece);
      if (this.#canSettle(open.piece)) this.#hold(open);
      scheduler.suspect(open.piece);
      scheduler.close(open, 'again');
      if (!scheduler.selection.isWanted(open.piece)) this.onUnwanted(open.piece);
    }
    this.#components.onBlocksFree();
  }

  #giveUp(open: OpenPiece): void {
    this.#components.waste.add('lost', open.payloadSize);
    this.#components.scheduler.close(open, 'again');
  }

  #fetchAgain(open: OpenPiece, blocks: readonly number[]): void {
    for (const block of blocks) {
      this.#components.waste.add('failed', open.blockLength(block));
      open.reopen(block);
    }
  }

  #putOnParole(handle: PeerHandle, { piece }: OpenPiece): void {
    const peer = this.#components.peers.get(handle);
    if (peer === undefined) return;
    peer.parole.add(piece);
    this.#components.scheduler.setCurrent(peer, undefined);
  }

  /** The piece is settled, or will never be. */
  #endParole(piece: number): void {
    for (const peer of this.#components.peers.values()) {
      if (peer.parole.delete(piece) && peer.parole.size === 0) peer.heldUntil = -Infinity;
    }
  }

  /** Nothing more is taken from the senders of a failed piece for a while. */
  #hold(open: OpenPiece): void {
    for (const handle of open.senders()) {
      const peer = this.#components.peers.get(handle);
      if (peer !== undefined) peer.heldUntil = this.#now() + PAROLE_HOLD;
    }
  }

  /** Whether somebody above suspicion can send the piece. */
  #canSettle(piece: number): boolean {
    for (const peer of this.#components.peers.values()) {
      const isAble = !peer.isClosing && !peer.isChoking && !peer.isSnubbed && peer.have.has(piece);
      if (isAble && peer.parole.size === 0) return true;
    }
    return false;
  }

  #ban(handle: PeerHandle): void {
    if (this.#banned.has(handle)) return;
    this.#banned.add(handle);
    for (const oldest of this.#banned) {
      if (this.#banned.size <= MAX_REMEMBERED_BANS) break;
      this.#banned.delete(oldest);
    }
    this.#components.ban(handle);
  }

  #now(): number {
    return this.#components.clock.now();
  }
}

function blocksOf(open: OpenPiece, senders: ReadonlySet<PeerHandle>): number[] {
  const blocks: number[] = [];
  for (let block = 0; block < open.blockCount; block += 1) {
    const sender = open.sender(block);
    if (sender !== undefined && senders.has(sender)) blocks.push(block);
  }
  return blocks;
}
