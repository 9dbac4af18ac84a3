import { Bitfield, BLOCK_SIZE, type BlockRange, type PeerMessage } from '@shoal/protocol';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import type { PickerPolicy } from './picker-policy.ts';
import { createTestCore } from './test-core.ts';
import type { TorrentCore } from './torrent-core.ts';

/** A peer as the model knows it. */
interface ModelPeer {
  readonly handle: PeerHandle;
  readonly have: Set<number>;
  isChoking: boolean;
  /** We told it so. */
  isInteresting: boolean;
  /** Requests that it owes, as `piece:block`. */
  readonly owes: Set<string>;
}

/**
 * A core that may be told anything in any order, and the rules of selection, checked at each request: what it asks for
 * must be wanted, missing, and had by whom it asks. For tests.
 */
export class SelectionModel implements CoreSink {
  readonly core: TorrentCore;
  readonly have: Bitfield;
  readonly peers: ModelPeer[] = [];
  /** Broken rules. */
  readonly violations: string[] = [];
  /** Pieces that wait for the outcome of their hash. */
  readonly verifying: number[] = [];
  completions = 0;
  priorities: Uint8Array;
  now = 0;
  readonly #blocksPerPiece: number;
  readonly #received = new Set<string>();
  readonly #open = new Set<number>();
  readonly #closing = new Set<PeerHandle>();
  /** Milliseconds, by piece. */
  #deadlines = new Map<number, number>();

  constructor(init: {
    readonly pieces: number;
    readonly blocksPerPiece: number;
    readonly picker: PickerPolicy;
  }) {
    this.#blocksPerPiece = init.blocksPerPiece;
    this.have = Bitfield.none(init.pieces);
    this.priorities = new Uint8Array(init.pieces).fill(4);
    this.core = createTestCore(
      { clock: { now: () => this.now }, sink: this, picker: init.picker },
      { seed: 1, have: this.have, pieceSize: init.blocksPerPiece * BLOCK_SIZE },
    );
  }

  addPeer(): ModelPeer {
    const handle = this.core.addPeer({ fast: false });
    const peer: ModelPeer = {
      handle,
      have: new Set(),
      isChoking: true,
      isInteresting: false,
      owes: new Set(),
    };
    this.peers.push(peer);
    return peer;
  }

  removePeer(peer: ModelPeer): void {
    this.peers.splice(this.peers.indexOf(peer), 1);
    this.core.removePeer(peer.handle);
  }

  /** Removes the peers that the core wants closed. */
  removeClosing(): void {
    for (const peer of this.peers.filter(({ handle }) => this.#closing.has(handle))) this.removePeer(peer);
  }

  setChoking(peer: ModelPeer, isChoking: boolean): void {
    peer.isChoking = isChoking;
    if (isChoking) peer.owes.clear();
    this.core.onMessage(peer.handle, { type: isChoking ? 'choke' : 'unchoke' });
  }

  addPiece(peer: ModelPeer, piece: number): void {
    peer.have.add(piece);
    this.core.onMessage(peer.handle, { type: 'have', piece });
  }

  setPriorities(priorities: Uint8Array): void {
    this.priorities = priorities;
    this.core.setPriorities(priorities);
  }

  setDeadlines(deadlines: ReadonlyMap<number, number>): void {
    this.#deadlines = new Map([...deadlines].map(([piece, delay]) => [piece, this.now + delay]));
    this.core.setDeadlines(deadlines);
  }

  /** The peer sends one of the blocks it owes. */
  deliver(peer?: ModelPeer, nth = 0): void {
    const key = peer === undefined ? undefined : [...peer.owes][nth % Math.max(1, peer.owes.size)];
    if (peer === undefined || key === undefined) return;
    const [piece = 0, block = 0] = key.split(':').map(Number);
    peer.owes.delete(key);
    const slot = this.core.onBlockStart(peer.handle, piece, block * BLOCK_SIZE, BLOCK_SIZE);
    if (slot !== undefined) this.#received.add(key);
    this.core.onBlockEnd(peer.handle, BLOCK_SIZE);
  }

  /** The oldest hash is done. */
  settle(outcome: 'verified' | 'rejected' | 'failed'): void {
    const piece = this.verifying.shift();
    if (piece === undefined) return;
    if (outcome === 'rejected') this.#forgetBlocks(piece);
    if (outcome === 'verified') this.core.pieceVerified(piece);
    else if (outcome === 'failed') this.core.pieceFailed(piece);
    else this.core.pieceRejected(piece, new Uint8Array(32 * this.#blocksPerPiece));
  }

  /** Blocks that the peer could send, that are wanted, and that nobody was asked for: there should be none. */
  overlooked(peer: ModelPeer): string[] {
    if (peer.isChoking) return [];
    return [...peer.have].filter((piece) => this.isNeeded(piece)).flatMap((piece) => this.freeBlocks(piece));
  }

  isNeeded(piece: number): boolean {
    return this.priorities[piece] !== 0 && !this.have.has(piece);
  }

  freeBlocks(piece: number): string[] {
    return Array.from({ length: this.#blocksPerPiece }, (_, block) => `${piece}:${block}`).filter(
      (key) => !this.#received.has(key) && !this.peers.some(({ owes }) => owes.has(key)),
    );
  }

  send(to: PeerHandle, message: PeerMessage): void {
    const peer = this.peers.find(({ handle }) => handle === to);
    if (peer === undefined) return;
    if (message.type === 'request') this.#onRequest(peer, message);
    if (message.type === 'interested') peer.isInteresting = true;
    if (message.type === 'not-interested') peer.isInteresting = false;
    if (message.type === 'cancel') peer.owes.delete(keyOf(message));
  }

  openPiece(piece: number): Slot {
    if (!this.isNeeded(piece)) this.violations.push(`opens ${piece}, which is had or not wanted`);
    this.#open.add(piece);
    return piece as Slot;
  }

  releasePiece(piece: number): void {
    if (!this.#open.delete(piece)) this.violations.push(`releases ${piece} twice`);
    this.#forgetBlocks(piece);
  }

  verifyPiece(piece: number): void {
    this.verifying.push(piece);
  }

  completed(): void {
    this.completions += 1;
  }

  closePeer(handle: PeerHandle): void {
    this.#closing.add(handle);
    this.peers.find((peer) => peer.handle === handle)?.owes.clear();
  }
  banPeer(): void {
    // The rules hold for everyone.
  }
  sendBlock(): void {
    // Nobody asks.
  }
  uploadsWaiting(): void {
    // Nobody asks.
  }
  stopReceiving(): void {
    // A block arrives whole.
  }

  #forgetBlocks(piece: number): void {
    for (const key of this.#received) if (key.startsWith(`${piece}:`)) this.#received.delete(key);
  }

  #hasUnbegun(): boolean {
    return [...this.priorities.keys()].some((piece) => this.isNeeded(piece) && !this.#open.has(piece));
  }

  #onRequest(peer: ModelPeer, request: BlockRange): void {
    const { piece } = request;
    const key = keyOf(request);
    const owers = this.peers.filter(({ owes }) => owes.has(key));
    const mayRepeat = owers.length === 0 || (this.#deadlines.get(piece) ?? Infinity) <= this.now;
    const rules: readonly [boolean, string][] = [
      [this.isNeeded(piece), 'it is had or not wanted'],
      [peer.have.has(piece), 'the peer does not have it'],
      [!peer.isChoking, 'the peer chokes'],
      [!this.#received.has(key), 'it is here'],
      [mayRepeat || peer.owes.size === 0, 'in end game a peer with nothing to do is asked'],
      [mayRepeat || !this.#hasUnbegun(), 'in end game no piece is left to begin'],
      [owers.length < 2, 'two are asked at most'],
      [!owers.includes(peer), 'the peer was asked already'],
    ];
    for (const [isKept, rule] of rules) if (!isKept) this.violations.push(`request ${key}: ${rule}`);
    peer.owes.add(key);
  }
}

function keyOf({ piece, begin }: BlockRange): string {
  return `${piece}:${begin / BLOCK_SIZE}`;
}
