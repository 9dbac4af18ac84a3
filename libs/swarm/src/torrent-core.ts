import type { Bitfield, PeerMessage } from '@shoal/protocol';
import { AllowedFast } from './allowed-fast.ts';
import { BlockScheduler } from './block-scheduler.ts';
import { Choker } from './choker.ts';
import type { ChokerPolicy } from './choker-policy.ts';
import type { Clock } from './clock.ts';
import { UPLOAD_SLOTS } from './constants.ts';
import type { CloseReason, CoreSink, PeerHandle, Slot } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import { FirstCopies } from './first-copies.ts';
import type { FirstCopyBoard } from './first-copy-board.ts';
import { Interest } from './interest.ts';
import type { OpenPiece } from './open-piece.ts';
import { figuresOf, type PeerFigures } from './peer-figures.ts';
import { PeerMessages } from './peer-messages.ts';
import { type PeerFacts, PeerState } from './peer-state.ts';
import type { PickerPolicy } from './picker-policy.ts';
import type { PieceSelection } from './piece-selection.ts';
import type { Random } from './random.ts';
import { Requester } from './requester.ts';
import type { PieceTrees } from './piece-tree.ts';
import { Trust } from './trust.ts';
import { Uploader } from './uploader.ts';
import { Waste } from './waste.ts';

/** Collaborators of a core. Policies may keep state: make new ones for each core. */
export interface TorrentCoreComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: CoreSink;
  readonly picker: PickerPolicy;
  /** Who is sent to while we fetch, and once we have everything. */
  readonly chokers: { readonly leeching: ChokerPolicy; readonly seeding: ChokerPolicy };
  /** Where payload that came in vain is counted. @default one of the core's own */
  readonly waste?: Waste;
}

export interface TorrentCoreInit {
  readonly geometry: PieceGeometry;
  /** Pieces verified already. The core keeps and changes it. */
  readonly have: Bitfield;
  /** As for {@link TorrentCore.setPriorities}. */
  readonly priorities?: Uint8Array;
  /** The Merkle trees of a v2 torrent; without them the senders of bad blocks are found by comparison. */
  readonly trees?: PieceTrees;
  /** Whether each piece is sent to one peer alone before any is sent twice; for a torrent's own seeders. @default false */
  readonly firstCopies?: boolean;
  /** Where cores of one seeder share which pieces are out. @default a board of its own */
  readonly firstCopyBoard?: FirstCopyBoard | undefined;
  /** Peers that are sent to at once. @default UPLOAD_SLOTS */
  readonly uploadSlots?: number;
}

export function createTorrentCore(components: TorrentCoreComponents, init: TorrentCoreInit): TorrentCore {
  return new TorrentCore(components, init);
}

/**
 * One torrent's state machine. It sees messages without payload, the outcome of hashing and writing, and time; it
 * answers through its {@link CoreSink}. It does no I/O, and all of its work happens inside the calls.
 */
export class TorrentCore {
  /** Payload that came in vain. */
  readonly waste: Waste;
  readonly #clock: Clock;
  readonly #sink: CoreSink;
  readonly #geometry: PieceGeometry;
  readonly #have: Bitfield;
  readonly #chokers: TorrentCoreComponents['chokers'];
  readonly #peers = new Map<PeerHandle, PeerState>();
  readonly #scheduler: BlockScheduler;
  readonly #selection: PieceSelection;
  readonly #requester: Requester;
  readonly #uploader: Uploader;
  readonly #choker: Choker;
  readonly #messages: PeerMessages;
  readonly #trust: Trust;
  readonly #interest: Interest;
  readonly #firstCopies: FirstCopies | undefined;
  #nextHandle = 0;
  #isPaused = false;

  constructor(components: TorrentCoreComponents, init: TorrentCoreInit) {
    const { sink, picker, random } = components;
    const { geometry, have } = init;
    const peers = this.#peers;
    this.waste = components.waste ?? new Waste();
    this.#clock = components.clock;
    this.#sink = sink;
    this.#geometry = geometry;
    this.#have = have;
    this.#chokers = components.chokers;
    this.#scheduler = new BlockScheduler({ picker, random, sink, peers }, { geometry, have });
    this.#selection = this.#scheduler.selection;
    if (init.priorities !== undefined) this.#scheduler.setPriorities(init.priorities);
    this.#requester = new Requester({ scheduler: this.#scheduler, sink, peers });
    if (init.firstCopies === true && have.isComplete) {
      this.#firstCopies = new FirstCopies(
        { sink, random, board: init.firstCopyBoard },
        { geometry, now: this.#clock.now() },
      );
    }
    const allowedFast = new AllowedFast({ sink }, { geometry, have });
    this.#uploader = new Uploader(
      { clock: this.#clock, sink, allowedFast, firstCopies: this.#firstCopies },
      { geometry, have },
    );
    const policy = this.#selection.isSatisfied ? this.#chokers.seeding : this.#chokers.leeching;
    const slots = init.uploadSlots ?? UPLOAD_SLOTS;
    this.#choker = new Choker(
      { sink, uploader: this.#uploader, peers, policy, firstCopies: this.#firstCopies },
      { have, slots },
    );
    this.#interest = new Interest({ sink, selection: this.#selection });
    this.#trust = new Trust(
      {
        clock: this.#clock,
        sink,
        scheduler: this.#scheduler,
        peers,
        ban: (handle) => this.#ban(handle),
        waste: this.waste,
        onBlocksFree: () => {
          this.#dropUnwanted();
          this.#fillAll();
        },
      },
      { trees: init.trees ?? (() => undefined) },
    );
    this.#messages = new PeerMessages(
      {
        trust: this.#trust,
        clock: this.#clock,
        requester: this.#requester,
        uploader: this.#uploader,
        allowedFast,
        firstCopies: this.#firstCopies,
        choker: this.#choker,
        interest: this.#interest,
        fill: (peer) => this.#fill(peer),
        fillAll: () => this.#fillAll(),
        close: (peer, reason) => this.#close(peer, reason),
      },
      { have },
    );
  }

  /** Whether every wanted piece is there. */
  get isSatisfied(): boolean {
    return this.#selection.isSatisfied;
  }

  /** A connection is up. */
  addPeer(facts: PeerFacts): PeerHandle {
    const handle = this.#nextHandle as PeerHandle;
    this.#nextHandle += 1;
    this.#peers.set(handle, new PeerState(handle, facts, this.#geometry, this.#clock.now()));
    return handle;
  }

  /** Tells a new peer what we have: the first message after the handshake. */
  greet(handle: PeerHandle): void {
    const peer = this.#peers.get(handle);
    const isFast = peer?.fast ?? false;
    if (peer !== undefined && this.#firstCopies?.isActive === true) {
      if (isFast) this.#sink.send(handle, { type: 'have-none' });
      this.#firstCopies.join(peer, this.#clock.now());
    } else if (isFast && this.#have.isComplete) this.#sink.send(handle, { type: 'have-all' });
    else if (isFast && this.#have.count === 0) this.#sink.send(handle, { type: 'have-none' });
    else if (this.#have.count > 0) this.#sink.send(handle, { type: 'bitfield', bits: this.#have.bytes });
  }

  /** The connection is gone. */
  removePeer(handle: PeerHandle): void {
    const peer = this.#peers.get(handle);
    if (peer === undefined) return;
    peer.isClosing = true;
    this.#requester.dropAll(peer);
    this.#interest.remove(peer);
    this.#peers.delete(handle);
    this.#trust.onGone(peer);
    this.#firstCopies?.leave(peer, this.#clock.now());
    this.#choker.fillFreeSlots(this.#clock.now());
    this.#fillAll();
  }

  /** How many requests the peer keeps queued (`reqq`). */
  setRequestLimit(handle: PeerHandle, blocks: number): void {
    this.#peers.get(handle)?.window.setLimit(blocks);
  }

  peerFigures(handle: PeerHandle): PeerFigures | undefined {
    const peer = this.#peers.get(handle);
    return peer && figuresOf(peer);
  }

  /**
   * The peer says something.
   * @throws WireError when its bitfield is not one of this torrent
   */
  onMessage(handle: PeerHandle, message: PeerMessage): void {
    const peer = this.#peers.get(handle);
    if (peer !== undefined && !peer.isClosing) this.#messages.handle(peer, message);
  }

  /** A block begins to arrive: the buffer it goes to at `begin`, or undefined when it is to be discarded. */
  onBlockStart(handle: PeerHandle, piece: number, begin: number, length: number): Slot | undefined {
    const peer = this.#peers.get(handle);
    return peer === undefined || peer.isClosing
      ? undefined
      : this.#requester.start(peer, piece, begin, length);
  }

  /** The block begun last, of `length` bytes, has come in whole. Returns whether it was of use. */
  onBlockEnd(handle: PeerHandle, length: number): boolean {
    const peer = this.#peers.get(handle);
    if (peer === undefined) return false;
    peer.downloadRate.add(length);
    const outcome = this.#requester.finish(peer, this.#clock.now());
    if (outcome.kind === 'wasted') {
      this.waste.add(outcome.why, length);
      if (this.#requester.isFlooding(peer)) this.#close(peer, 'flood');
      return false;
    }
    peer.downloaded += length;
    if (outcome.open.isComplete) this.#onAllBlocks(outcome.open);
    this.#fill(peer);
    return true;
  }

  /** The piece matched its hash and is written. `digests` as for {@link pieceRejected}, when `verifyPiece` wanted them. */
  pieceVerified(piece: number, digests?: Uint8Array): void {
    const open = this.#scheduler.openPiece(piece);
    if (open === undefined) return;
    this.#trust.onVerified(piece, digests);
    const isWanted = this.#selection.isWanted(piece);
    this.#selection.settle(piece);
    this.#scheduler.close(open, 'verified');
    const message = { type: 'have', piece } as const;
    for (const peer of this.#peers.values()) {
      // Also to those who have it: a seeder learns that its copy has arrived.
      if (!peer.isClosing) this.#sink.send(peer.handle, message);
      if (isWanted) this.#interest.onOwnPiece(peer, piece);
    }
    if (this.#selection.isSatisfied && (isWanted || this.#have.isComplete)) this.#onSatisfied();
    else this.#fillShort();
  }

  /**
   * The piece did not match its hash.
   * @param digests SHA-256 of each of its blocks as they came, packed, padding at the end of the piece left out
   */
  pieceRejected(piece: number, digests: Uint8Array): void {
    const open = this.#scheduler.openPiece(piece);
    if (open !== undefined) this.#trust.onRejected(open, digests);
  }

  /** The piece could not be hashed or written; nobody is to blame. */
  pieceFailed(piece: number): void {
    const open = this.#scheduler.openPiece(piece);
    if (open === undefined) return;
    this.waste.add('lost', open.receivedBytes);
    this.#scheduler.close(open, 'again');
    this.#fillAll();
  }

  /**
   * Replaces the priorities. What is on its way of pieces that are not wanted any more is discarded. The sink is told
   * `completed` when the rest is there already.
   * @param priorities by piece: 0 (not wanted) to 7 (first), before all of a lower one; undefined when all have
   * DEFAULT_PRIORITY. Kept: do not change it
   * @throws RangeError when there are not as many as pieces, or one is above 7
   */
  setPriorities(priorities: Uint8Array | undefined): void {
    const wasSatisfied = this.#selection.isSatisfied;
    this.#scheduler.setPriorities(priorities);
    this.#dropUnwanted();
    for (const peer of this.#peers.values()) this.#interest.recount(peer);
    const { isSatisfied } = this.#selection;
    if (isSatisfied && !wasSatisfied) this.#onSatisfied();
    if (!isSatisfied && wasSatisfied) this.#choker.setPolicy(this.#chokers.leeching);
    this.#fillAll();
  }

  /**
   * Replaces the deadlines. Pieces with one come before all others, the earliest first, from the peers that are fast
   * enough for it. A piece that need not be fetched needs no deadline: it is ignored.
   * @param deadlines by piece, in milliseconds from now; kept until the piece is there
   * @throws RangeError when there is no such piece, or a deadline is not a number
   */
  setDeadlines(deadlines: ReadonlyMap<number, number>): void {
    this.#scheduler.setDeadlines(deadlines, this.#clock.now());
    this.#fillAll();
  }

  /** Stops asking for blocks, while what comes could not be written; or goes on. */
  setPaused(isPaused: boolean): void {
    this.#isPaused = isPaused;
    if (!isPaused) this.#fillAll();
  }

  /** What the peer sends is not read for the time being: that it owes blocks is not its fault. Call at each tick. */
  onReadingPaused(handle: PeerHandle): void {
    const peer = this.#peers.get(handle);
    if (peer !== undefined) peer.lastBlockAt = this.#clock.now();
  }

  /** Emits `sendBlock` for what the peer asked for until `budget` bytes are reached; returns the bytes. */
  drainUploads(handle: PeerHandle, budget: number): number {
    const peer = this.#peers.get(handle);
    return peer === undefined ? 0 : this.#uploader.drain(peer, budget);
  }

  /** The core is given up, and with it what it has of unfinished pieces. The last call. */
  abandon(): void {
    this.waste.add('lost', this.#scheduler.receivedBytes);
  }

  /** Time has passed: call about every TICK_INTERVAL while there are peers. */
  tick(): void {
    const now = this.#clock.now();
    for (const peer of this.#peers.values()) {
      peer.downloadRate.update(now);
      peer.uploadRate.update(now);
      peer.window.update(peer.downloadRate.rate);
      this.#requester.checkTimeouts(peer, now);
    }
    this.#trust.tick(now);
    this.#firstCopies?.tick(now);
    this.#choker.tick(now);
    this.#choker.fillFreeSlots(now);
    this.#fillAll();
  }

  #onAllBlocks(open: OpenPiece): void {
    this.#requester.forget(open);
    this.#sink.verifyPiece(open.piece, open.slot, this.#trust.wantsDigests(open.piece));
  }

  /** Every wanted piece is there. While others are not, those who have them stay: they may be wanted yet. */
  #onSatisfied(): void {
    this.#choker.setPolicy(this.#chokers.seeding);
    if (this.#have.isComplete) {
      for (const peer of this.#peers.values()) if (peer.have.isComplete) this.#close(peer, 'both-complete');
    }
    this.#sink.completed();
  }

  #dropUnwanted(): void {
    for (const open of this.#scheduler.unwantedPieces()) {
      this.waste.add('unwanted', open.receivedBytes);
      this.#requester.withdraw(open);
      this.#scheduler.close(open, 'again');
      this.#trust.onUnwanted(open.piece);
    }
  }

  #close(peer: PeerState, reason: CloseReason): void {
    if (peer.isClosing) return;
    peer.isClosing = true;
    this.#requester.dropAll(peer);
    this.#sink.closePeer(peer.handle, reason);
  }

  #ban(handle: PeerHandle): void {
    this.#sink.banPeer(handle);
    const peer = this.#peers.get(handle);
    if (peer !== undefined) this.#close(peer, 'corrupt-data');
  }

  #fill(peer: PeerState): void {
    if (!this.#isPaused) this.#requester.fill(peer, this.#clock.now());
  }

  /** A buffer is free again: those who waited for one may go on. */
  #fillShort(): void {
    if (this.#scheduler.takeSlotShortage()) this.#fillAll();
  }

  /** Those that send come first: a block that a silent peer has kept waiting must not go to one like it again and again. */
  #fillAll(): void {
    this.#scheduler.takeSlotShortage();
    for (const peer of this.#peers.values()) if (!peer.isSnubbed) this.#fill(peer);
    for (const peer of this.#peers.values()) if (peer.isSnubbed) this.#fill(peer);
  }
}
