import type { Bitfield } from '@shoal/protocol';
import { Availability } from './availability.ts';
import { DEFAULT_PRIORITY, MAX_PRIORITY } from './constants.ts';
import type { Random } from './random.ts';

/**
 * Which pieces are wanted, and in which order: pieces of a higher priority come before all of a lower one, and among
 * equals the picker chooses. While all have the default priority this is one {@link Availability} and nothing more.
 */
export class PieceSelection {
  readonly #have: Bitfield;
  readonly #counts: Uint16Array<ArrayBuffer>;
  /** Pieces that are had or not wanted; the set of those had itself while all are wanted. */
  #settled: Bitfield;
  /** By piece; undefined while all have the default. */
  #priorities: Uint8Array | undefined;
  /** Pieces that are not wanted are counted, and never pickable, in the tier of the default. */
  readonly #default: Availability;
  /** By priority; made when a piece first has it. */
  readonly #tiers = new Map<number, Availability>();
  /** All tiers, the highest priority first. */
  #order: readonly Availability[];

  /** All pieces that are not in `have` are wanted. It is read again whenever it matters. */
  constructor(components: { readonly random: Random }, init: { readonly have: Bitfield }) {
    this.#have = init.have;
    this.#settled = init.have;
    this.#counts = new Uint16Array(init.have.size);
    this.#default = this.#tier(DEFAULT_PRIORITY);
    this.#order = [this.#default];
    this.#default.addAllMissing(init.have, components.random);
  }

  /** Pieces that need not be fetched: they are had, or not wanted. */
  get settled(): Bitfield {
    return this.#settled;
  }

  /** Whether all wanted pieces are there. */
  get isSatisfied(): boolean {
    return this.#settled.isComplete;
  }

  /** Whether there are pieces that may be started. */
  get hasPickable(): boolean {
    return this.#order.some((tier) => tier.length > 0);
  }

  /** The pieces that may be started, by priority, the highest first. */
  get tiers(): readonly Availability[] {
    return this.#order;
  }

  isWanted(piece: number): boolean {
    return this.#priorityOf(piece) > 0;
  }

  isPickable(piece: number): boolean {
    return this.#tierOf(piece).isPickable(piece);
  }

  /** One more peer has the piece. */
  increment(piece: number): void {
    this.#tierOf(piece).increment(piece);
  }

  /** One peer less has the piece. */
  decrement(piece: number): void {
    this.#tierOf(piece).decrement(piece);
  }

  /** The piece is being received: nobody else is to start it. */
  take(piece: number): void {
    this.#tierOf(piece).remove(piece);
  }

  /** The piece may be started again, if it is wanted. */
  giveBack(piece: number): void {
    if (this.isWanted(piece)) this.#tierOf(piece).add(piece);
  }

  /** The piece is verified. */
  settle(piece: number): void {
    this.#have.add(piece);
    if (this.#settled !== this.#have) this.#settled.add(piece);
  }

  /**
   * Replaces the priorities.
   * @param priorities by piece: 0 (not wanted) to 7 (first); undefined for the default for all. Kept
   * @param isOpen whether a piece is being received
   * @throws RangeError when there are not as many as pieces, or one is above 7
   */
  setPriorities(priorities: Uint8Array | undefined, isOpen: (piece: number) => boolean): void {
    if (priorities !== undefined) checkPriorities(priorities, this.#have.size);
    const settled = this.#have.clone();
    for (let piece = 0; piece < this.#have.size; piece += 1) {
      const before = this.#tierOf(piece);
      const priority = priorities?.[piece] ?? DEFAULT_PRIORITY;
      if (priority === 0) settled.add(piece);
      const after = priority === 0 ? undefined : this.#tier(priority);
      if (before !== after) before.remove(piece);
      if (after !== undefined && !this.#have.has(piece) && !isOpen(piece)) after.add(piece);
    }
    this.#priorities = priorities;
    this.#settled = settled.count === this.#have.count ? this.#have : settled;
    this.#order = [...this.#tiers].sort(([a], [b]) => b - a).map(([, tier]) => tier);
  }

  #priorityOf(piece: number): number {
    return this.#priorities?.[piece] ?? DEFAULT_PRIORITY;
  }

  #tierOf(piece: number): Availability {
    if (this.#priorities === undefined) return this.#default;
    return this.#tiers.get(this.#priorityOf(piece)) ?? this.#default;
  }

  #tier(priority: number): Availability {
    const known = this.#tiers.get(priority);
    if (known !== undefined) return known;
    const tier = new Availability(this.#have.size, this.#counts);
    this.#tiers.set(priority, tier);
    return tier;
  }
}

function checkPriorities(priorities: Uint8Array, pieceCount: number): void {
  if (priorities.length !== pieceCount) {
    throw new RangeError(`${priorities.length} priorities for ${pieceCount} pieces`);
  }
  for (const priority of priorities) {
    if (priority > MAX_PRIORITY) throw new RangeError(`priority ${priority}, the highest is ${MAX_PRIORITY}`);
  }
}
