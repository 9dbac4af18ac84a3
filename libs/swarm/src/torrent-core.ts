import type { Bitfield, PeerMessage } from '@shoal/protocol';
import { AllowedFast } from './allowed-fast.ts';
import { BlockScheduler } from './block-scheduler.ts';
import { Choker } from './choker.ts';
import type { Clock } from './clock.ts';
import { UPLOAD_SLOTS } from './constants.ts';
import type { CloseReason, CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { FirstCopies } from './first-copies.ts';
import type { PieceGeometry } from './geometry.ts';
import { greetPeer } from './greeting.ts';
import { Interest } from './interest.ts';
import { figuresOf, type PeerFigures } from './peer-figures.ts';
import { PeerMessages } from './peer-messages.ts';
import { type PeerFacts, PeerState } from './peer-state.ts';
import { PieceOutcomes } from './piece-outcomes.ts';
import type { PieceSelection } from './piece-selection.ts';
import { RequestFiller } from './request-filler.ts';
import { Requester } from './requester.ts';
import type { TorrentCoreComponents, TorrentCoreInit } from './torrent-core-init.ts';
import { Trust } from './trust.ts';
import { Uploader } from './uploader.ts';
import { Waste } from './waste.ts';

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
  readonly #peers = new Map<PeerHandle, PeerState>();
  readonly #scheduler: BlockScheduler;
  readonly #selection: PieceSelection;
  readonly #requester: Requester;
  readonly #filler: RequestFiller;
  readonly #uploader: Uploader;
  readonly #choker: Choker;
  readonly #messages: PeerMessages;
  readonly #outcomes: PieceOutcomes;
  readonly #trust: Trust;
  readonly #interest: Interest;
  readonly #firstCopies: FirstCopies | undefined;
  #nextHandle = 0;

  constructor(components: TorrentCoreComponents, init: TorrentCoreInit) {
    const { clock, sink, picker, random, chokers: policies, waste = new Waste() } = components;
    const { geometry, have, uploadSlots: slots = UPLOAD_SLOTS } = init;
    const peers = this.#peers;
    const close = (peer: PeerState, reason: CloseReason) => this.#close(peer, reason);
    this.waste = waste;
    this.#clock = clock;
    this.#sink = sink;
    this.#geometry = geometry;
    this.#have = have;
    const scheduler = new BlockScheduler({ picker, random, sink, peers }, { geometry, have });
    const { selection } = scheduler;
    if (init.priorities !== undefined) scheduler.setPriorities(init.priorities);
    const requester = new Requester({ scheduler, sink, peers });
    const filler = new RequestFiller({ clock, scheduler, requester, peers });
    const firstCopies =
      init.firstCopies === true && have.isComplete
        ? new FirstCopies({ sink, random, board: init.firstCopyBoard }, { geometry, now: clock.now() })
        : undefined;
    const allowedFast = new AllowedFast({ sink }, { geometry, have });
    const uploader = new Uploader({ clock, sink, allowedFast, firstCopies }, { geometry, have });
    const choker = new Choker({ sink, uploader, peers, policies, selection, firstCopies }, { have, slots });
    const interest = new Interest({ sink, selection });
    const trust = new Trust(
      {
        clock,
        sink,
        scheduler,
        peers,
        waste,
        ban: (handle) => this.#ban(handle),
        onBlocksFree: () => {
          this.#outcomes.dropUnwanted();
          filler.fillAll();
        },
      },
      { trees: init.trees ?? (() => undefined) },
    );
    this.#scheduler = scheduler;
    this.#selection = selection;
    this.#requester = requester;
    this.#filler = filler;
    this.#firstCopies = firstCopies;
    this.#uploader = uploader;
    this.#choker = choker;
    this.#interest = interest;
    this.#trust = trust;
    this.#outcomes = new PieceOutcomes(
      { sink, peers, scheduler, requester, filler, interest, trust, waste, close },
      { have },
    );
    this.#messages = new PeerMessages(
      { clock, requester, uploader, allowedFast, choker, interest, firstCopies, trust, filler, close },
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
    if (peer === undefined) return;
    const hidesPieces = this.#firstCopies?.isActive === true;
    greetPeer(this.#sink, peer, this.#have, hidesPieces);
    if (hidesPieces) this.#firstCopies.join(peer, this.#clock.now());
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
    this.#filler.fillAll();
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
    if (outcome.open.isComplete) this.#outcomes.onReceived(outcome.open);
    this.#filler.fill(peer);
    return true;
  }

  /** The piece matched its hash and is written. `digests` as for {@link pieceRejected}, when `verifyPiece` wanted them. */
  pieceVerified(piece: number, digests?: Uint8Array): void {
    this.#outcomes.onVerified(piece, digests);
  }

  /**
   * The piece did not match its hash.
   * @param digests SHA-256 of each of its blocks as they came, packed, padding at the end of the piece left out
   */
  pieceRejected(piece: number, digests: Uint8Array): void {
    this.#outcomes.onRejected(piece, digests);
  }

  /** The piece could not be hashed or written; nobody is to blame. */
  pieceFailed(piece: number): void {
    this.#outcomes.onFailed(piece);
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
    this.#outcomes.dropUnwanted();
    for (const peer of this.#peers.values()) this.#interest.recount(peer);
    if (this.#selection.isSatisfied && !wasSatisfied) this.#outcomes.onSatisfied();
    this.#filler.fillAll();
  }

  /**
   * Replaces the deadlines. Pieces with one come before all others, the earliest first, from the peers that are fast
   * enough for it. A piece that need not be fetched needs no deadline: it is ignored.
   * @param deadlines by piece, in milliseconds from now; kept until the piece is there
   * @throws RangeError when there is no such piece, or a deadline is not a number
   */
  setDeadlines(deadlines: ReadonlyMap<number, number>): void {
    this.#scheduler.setDeadlines(deadlines, this.#clock.now());
    this.#filler.fillAll();
  }

  /** The pieces with a deadline that the peer has not said it has, and that somebody may still be asked for, the earliest first. */
  wantedOf(handle: PeerHandle): readonly number[] {
    const peer = this.#peers.get(handle);
    return peer === undefined ? [] : this.#scheduler.wantedOf(peer);
  }

  /** The peer needs these pieces soon, the first one first: one that hides pieces may show it those. */
  onWanted(handle: PeerHandle, pieces: readonly number[]): void {
    const peer = this.#peers.get(handle);
    const known = pieces.filter((piece) => piece < this.#geometry.pieceCount);
    if (peer !== undefined) this.#firstCopies?.onWanted(peer, known, this.#clock.now());
  }

  /** Stops asking for blocks, while what comes could not be written; or goes on. */
  setPaused(isPaused: boolean): void {
    this.#filler.setPaused(isPaused);
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
      peer.window.update(peer.downloadRate.rate, peer.beat.interval);
      this.#requester.checkTimeouts(peer, now);
    }
    this.#trust.tick(now);
    this.#firstCopies?.tick(now);
    this.#choker.tick(now);
    this.#choker.fillFreeSlots(now);
    this.#filler.fillAll();
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
}
