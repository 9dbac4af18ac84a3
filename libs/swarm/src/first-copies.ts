import type { Bitfield } from '@shoal/protocol';
import {
  FIRST_COPIES_AHEAD,
  FIRST_COPIES_ALONE,
  FIRST_COPIES_DECLINE,
  FIRST_COPIES_PATIENCE,
  FIRST_COPIES_QUEUE,
  FIRST_COPIES_STALL,
  FIRST_COPIES_START,
  FIRST_COPIES_WANTED,
  MAX_FIRST_COPIES_AHEAD,
  SHOWN_PER_TICK,
} from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import { FirstCopyBoard } from './first-copy-board.ts';
import { createRecipient, type FirstCopyRecipient, neediestFor } from './first-copy-recipient.ts';
import type { PieceGeometry } from './geometry.ts';
import type { PeerState } from './peer-state.ts';
import { type Random, shuffle } from './random.ts';
import { RateMeter } from './rate-meter.ts';

/**
 * Sends every piece once before any is sent twice: super-seeding (BEP 16) without its idle time. A seeder does not say
 * that it has everything. It shows each piece to one peer alone, as many at a time as keep its uplink busy, and once all
 * of them are out it shows everything to everyone. Before that, everything is shown to who is there alone for a while, and to a
 * client that looks for new pieces but seldom (Transmission 3.00: every 10 s); and to who says so what it needs soon. What repeats
 * in other engines, and makes a fan-out last nearly twice as long as it must, are the first copies (reference figures in
 * docs/PERFORMANCE.md). Any client can take part.
 */
export class FirstCopies {
  readonly #sink: CoreSink;
  readonly #geometry: PieceGeometry;
  /** In the order they joined. */
  readonly #recipients = new Map<PeerHandle, FirstCopyRecipient>();
  /** Those who may see everything and have not seen it yet. */
  readonly #catchingUp = new Set<FirstCopyRecipient>();
  /** Pieces to be shown, the next one last. Some may be out meanwhile. */
  readonly #waiting: number[];
  /** Pieces that were claimed by another core when it was their turn here. */
  #elsewhere: number[] = [];
  readonly #board: FirstCopyBoard;
  readonly #delivered: RateMeter;
  #pending = 0;
  /** Grants at a time. */
  #ahead = FIRST_COPIES_START;
  /** All first copies were out, and whoever was there may see everything. */
  #isOver = false;
  /** When it was last not so that just one peer wants something, in milliseconds. */
  #notAloneAt: number;

  /**
   * @param components `board`: which pieces are out, where cores of one seeder share that
   * @param init `now`: milliseconds
   */
  constructor(
    components: {
      readonly sink: CoreSink;
      readonly random: Random;
      readonly board?: FirstCopyBoard | undefined;
    },
    init: { readonly geometry: PieceGeometry; readonly now: number },
  ) {
    const { pieceCount } = init.geometry;
    this.#sink = components.sink;
    this.#geometry = init.geometry;
    this.#board =
      components.board ?? new FirstCopyBoard(new ArrayBuffer(FirstCopyBoard.bytesFor(pieceCount)), 1);
    this.#waiting = shuffle(
      Array.from({ length: pieceCount }, (_, piece) => piece),
      components.random,
    );
    this.#delivered = new RateMeter(init.now);
    this.#notAloneAt = init.now;
  }

  /** Whether pieces are still shown to one peer alone. */
  get isActive(): boolean {
    return this.#board.outCount < this.#geometry.pieceCount;
  }

  /** A peer is there, and was told that we have nothing. */
  join(peer: PeerState, now: number): void {
    const recipient = createRecipient(peer, now);
    this.#recipients.set(peer.handle, recipient);
    if (this.#isOver) this.#catchingUp.add(recipient);
    this.#show(now);
  }

  /** The peer goes. What it was shown is shown to others. */
  leave(peer: PeerState, now: number): void {
    const recipient = this.#recipients.get(peer.handle);
    if (recipient === undefined) return;
    this.#recipients.delete(peer.handle);
    this.#catchingUp.delete(recipient);
    this.#takeBack(recipient);
    this.#show(now);
  }

  /** The peer has said which pieces it has. */
  onPieces(have: Bitfield, now: number): void {
    for (let piece = 0; piece < have.size; piece += 1) if (have.has(piece)) this.#board.markOut(piece);
    this.#show(now);
  }

  /** The peer has one piece more. */
  onHave(peer: PeerState, piece: number, now: number): void {
    const recipient = this.#recipients.get(peer.handle);
    if (recipient?.grants.has(piece) === true) this.#settle(recipient, piece);
    recipient?.repeats.onHave(piece);
    this.#board.markOut(piece);
    this.#show(now);
  }

  /** A block was handed out to be sent. */
  onSent(peer: PeerState, piece: number, length: number, now: number): void {
    const recipient = this.#recipients.get(peer.handle);
    recipient?.repeats.onSent(piece, now);
    const grant = recipient?.grants.get(piece);
    if (recipient === undefined || grant === undefined) return;
    grant.left -= length;
    grant.sentAt = now;
    recipient.movedAt = now;
  }

  /**
   * The peer needs these pieces soon, the first one first. What nobody was shown is shown to it before its turn. Of what others
   * were shown, or have, it gets the first ones again: they would reach it a way round.
   */
  onWanted(peer: PeerState, pieces: readonly number[], now: number): void {
    const recipient = this.#recipients.get(peer.handle);
    if (recipient === undefined || recipient.seesAll || !this.isActive) return;
    for (const piece of pieces) {
      if (peer.have.has(piece) || recipient.grants.has(piece) || recipient.repeats.has(piece)) continue;
      if (this.#board.isWaiting(piece)) {
        if (recipient.grants.size < FIRST_COPIES_WANTED && this.#board.claim(piece))
          this.#grant(recipient, piece, now);
      } else if (!recipient.repeats.isFull) {
        recipient.repeats.add(piece, now);
        this.#sink.send(peer.handle, { type: 'have', piece });
      }
    }
  }

  /** Time has passed. */
  tick(now: number): void {
    this.#delivered.update(now);
    const pieceSize = this.#geometry.pieceSize(0);
    const queued = Math.ceil((this.#delivered.rate * FIRST_COPIES_QUEUE) / 1_000 / pieceSize);
    this.#ahead = Math.min(this.#ahead, Math.max(FIRST_COPIES_AHEAD, queued));
    for (const recipient of this.#recipients.values()) this.#checkGrants(recipient, now);
    this.#checkAlone(now);
    this.#lookElsewhere();
    this.#show(now);
  }

  #checkGrants(recipient: FirstCopyRecipient, now: number): void {
    recipient.repeats.tick(now);
    for (const [piece, grant] of recipient.grants) {
      if (grant.left > 0 || now - grant.sentAt <= FIRST_COPIES_PATIENCE) continue;
      // It need not say that it has what we have ourselves.
      this.#settle(recipient, piece);
      this.#board.markOut(piece);
    }
    const patience = recipient.peer.isInterested ? FIRST_COPIES_STALL : FIRST_COPIES_DECLINE;
    if (recipient.grants.size === 0 || now - recipient.movedAt <= patience) return;
    this.#letSeeAll(recipient);
  }

  #checkAlone(now: number): void {
    const interested = [...this.#recipients.values()].filter(({ peer }) => peer.isInterested);
    const [only] = interested;
    if (only === undefined || interested.length > 1) this.#notAloneAt = now;
    else if (!only.seesAll && now - this.#notAloneAt >= FIRST_COPIES_ALONE) this.#letSeeAll(only);
  }

  #letSeeAll(recipient: FirstCopyRecipient): void {
    recipient.seesAll = true;
    this.#catchingUp.add(recipient);
    this.#takeBack(recipient);
  }

  /** What the peer was shown is shown to others. */
  #takeBack({ grants }: FirstCopyRecipient): void {
    this.#pending -= grants.size;
    for (const piece of grants.keys()) this.#putBack(piece);
    grants.clear();
  }

  #settle(recipient: FirstCopyRecipient, piece: number): void {
    recipient.grants.delete(piece);
    this.#pending -= 1;
    this.#delivered.add(this.#geometry.payloadSize(piece));
    // One more for each that arrived doubles them in a round trip, until a tick has measured what the uplink takes.
    this.#ahead = Math.min(this.#ahead + 1, MAX_FIRST_COPIES_AHEAD);
  }

  /** Its peer does not get it: somebody else shall. */
  #putBack(piece: number): void {
    this.#board.release(piece);
    this.#waiting.push(piece);
  }

  /** What other cores have given back waits here again. */
  #lookElsewhere(): void {
    const elsewhere = this.#elsewhere;
    this.#elsewhere = [];
    for (const piece of elsewhere) {
      if (this.#board.isWaiting(piece)) this.#waiting.push(piece);
      else if (!this.#board.isOut(piece)) this.#elsewhere.push(piece);
    }
  }

  #show(now: number): void {
    while (this.#pending < this.#ahead && this.isActive && this.#showNext(now));
    if (!this.#isOver && !this.isActive) this.#showAll();
    // Comes with every piece that any peer gets: no look at those who have seen everything.
    for (const recipient of this.#catchingUp) this.#showRest(recipient);
  }

  /** All first copies are out. */
  #showAll(): void {
    this.#isOver = true;
    for (const recipient of this.#recipients.values()) this.#catchingUp.add(recipient);
  }

  /** Shows the next piece to the peer that needs it most; returns whether it is worth going on. */
  #showNext(now: number): boolean {
    const piece = this.#takeWaiting();
    if (piece === undefined) return false;
    const recipient = neediestFor(piece, this.#recipients.values());
    if (recipient === undefined) {
      this.#waiting.push(piece);
      return false;
    }
    if (!this.#board.claim(piece)) {
      this.#elsewhere.push(piece);
      return true;
    }
    this.#grant(recipient, piece, now);
    return true;
  }

  /** Shows the peer a piece that was claimed for it. */
  #grant(recipient: FirstCopyRecipient, piece: number, now: number): void {
    recipient.grants.set(piece, { left: this.#geometry.payloadSize(piece), sentAt: now });
    recipient.movedAt = now;
    recipient.shown += 1;
    this.#pending += 1;
    this.#sink.send(recipient.peer.handle, { type: 'have', piece });
  }

  #takeWaiting(): number | undefined {
    for (;;) {
      const piece = this.#waiting.pop();
      if (piece === undefined || !this.#board.isOut(piece)) return piece;
    }
  }

  /**
   * Shows the peer everything, a part at each tick when there is much of it. What it has as well: it may be a seeder that
   * shows us first copies, and neither would ever know that the other is complete.
   */
  #showRest(recipient: FirstCopyRecipient): void {
    const { peer } = recipient;
    const end = Math.min(recipient.cursor + SHOWN_PER_TICK, this.#geometry.pieceCount);
    for (; recipient.cursor < end; recipient.cursor += 1) {
      this.#sink.send(peer.handle, { type: 'have', piece: recipient.cursor });
    }
    if (end === this.#geometry.pieceCount) this.#catchingUp.delete(recipient);
  }
}
