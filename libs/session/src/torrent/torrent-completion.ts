import { Bitfield, type PieceLayout } from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import type { TorrentProgress, WhenCompleteOptions } from '../api/torrent.ts';
import { STALLED_AFTER } from '../constants.ts';
import { CompletionWaiters } from './completion-waiters.ts';
import { measure, NO_SIZE, type TorrentSize } from './torrent-size.ts';

/** The part of a torrent's progress that says what is there. */
export type CompletionFigures = Pick<
  TorrentProgress,
  'piecesDone' | 'piecesTotal' | 'bytesDone' | 'bytesTotal' | 'wanted' | 'stalledSince'
>;

/** How much of a torrent is there, when it last grew, and who waits for the rest. */
export class TorrentCompletion {
  readonly #clock: Clock;
  readonly #waiters = new CompletionWaiters();
  /** While the pieces are known one by one; complete torrents need none. */
  #have: Bitfield | undefined;
  #isComplete: boolean;
  #isSatisfied: boolean;
  #size: TorrentSize = NO_SIZE;
  /** By piece; undefined when all are wanted. */
  #priorities: Uint8Array | undefined;
  #progressAt: number;

  constructor(components: { readonly clock: Clock }, init: { readonly isComplete: boolean }) {
    this.#clock = components.clock;
    this.#isComplete = init.isComplete;
    this.#isSatisfied = init.isComplete;
    this.#progressAt = components.clock.now();
  }

  /** Every piece is there and durable. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  /** Every wanted piece is there and durable. */
  get isSatisfied(): boolean {
    return this.#isSatisfied;
  }

  /** Which pieces are there, as far as it is known. */
  get known(): 'all' | Bitfield | undefined {
    return this.#isComplete ? 'all' : this.#have;
  }

  /**
   * The torrent is loaded. `have` is kept: pieces verified later appear in it.
   * @param priorities as for {@link select}
   */
  load(layout: PieceLayout, have: Bitfield, priorities: Uint8Array | undefined): void {
    this.#size = measure(layout, have, priorities);
    this.#priorities = priorities;
    this.#have = have;
    this.#progressAt = this.#clock.now();
  }

  /** The torrent is complete, and gives up what it knows of single pieces. */
  unload(): void {
    this.#have = undefined;
  }

  /**
   * What is wanted of a torrent that is loaded has changed.
   * @param priorities by piece, 0 for those that are not wanted; undefined when all are. Kept
   */
  select(layout: PieceLayout, priorities: Uint8Array | undefined): void {
    const have = this.#have ?? Bitfield.all(layout.pieceCount);
    this.#size = measure(layout, have, priorities);
    this.#priorities = priorities;
    this.onMoreWanted();
  }

  /** A piece of `size` bytes was verified and written. */
  onPiece(piece: number, size: number): void {
    const { wanted } = this.#size;
    this.#size.bytesDone += size;
    if (this.#priorities?.[piece] === 0) return;
    wanted.piecesDone += 1;
    wanted.bytesDone += size;
  }

  /** Whether a piece is among what is fetched, or was. */
  isWanted(piece: number): boolean {
    return this.#priorities?.[piece] !== 0;
  }

  /** Something useful came. */
  onProgress(): void {
    this.#progressAt = this.#clock.now();
  }

  /** Something else is wanted; whether it is there is to be seen. */
  onMoreWanted(): void {
    this.#isSatisfied = false;
    this.onProgress();
  }

  /** What is wanted is there and durable. Returns whether the torrent has become complete by it. */
  satisfy(): boolean {
    const becomesComplete = this.#have?.isComplete === true && !this.#isComplete;
    if (becomesComplete) this.#isComplete = true;
    this.#isSatisfied = true;
    this.#waiters.resolve();
    return becomesComplete;
  }

  /** Waits until {@link satisfy}, {@link reject}, or what the caller's options name. */
  async wait(options: WhenCompleteOptions): Promise<void> {
    if (!this.#isSatisfied) await this.#waiters.wait(options, this.#clock.now());
  }

  /** Those who wait get `error`. */
  reject(error: Error): void {
    this.#waiters.reject(error);
  }

  /** Rejects those who have waited longer than they want since the last progress. */
  checkWaiters(createError: (idleMs: number) => Error): void {
    this.#waiters.checkProgress(this.#progressAt, this.#clock.now(), createError);
  }

  have(): Bitfield {
    if (this.#isComplete) return Bitfield.all(this.#size.pieces);
    return this.#have?.clone() ?? Bitfield.none(0);
  }

  figures(): CompletionFigures {
    const { pieces, bytes, bytesDone, wanted } = this.#size;
    const isStalled = !this.#isSatisfied && this.#clock.now() - this.#progressAt >= STALLED_AFTER;
    return {
      piecesDone: this.#isComplete ? pieces : (this.#have?.count ?? 0),
      piecesTotal: pieces,
      bytesDone: this.#isComplete ? bytes : bytesDone,
      bytesTotal: bytes,
      wanted: this.#isComplete
        ? { ...wanted, piecesDone: wanted.pieces, bytesDone: wanted.bytes }
        : { ...wanted },
      ...(isStalled && { stalledSince: this.#progressAt }),
    };
  }
}
