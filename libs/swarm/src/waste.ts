/** Why payload came in vain. */
export const WASTE_KINDS = [
  /** Another copy of the block was here already, or came first. */
  'duplicate',
  /** Nobody had asked for it, or nobody wanted it any more. */
  'unwanted',
  /** It was part of a piece that failed its hash. */
  'failed',
  /** It was right, as far as is known, and given up before its piece was written. */
  'lost',
] as const;

/** One of {@link WASTE_KINDS}. */
export type WasteKind = (typeof WASTE_KINDS)[number];

/** Counts payload bytes that came in vain. It may outlive the cores that count in it. */
export class Waste {
  readonly #whole: Waste | undefined;
  readonly #bytes: Record<WasteKind, number> = { duplicate: 0, unwanted: 0, failed: 0, lost: 0 };

  /** @param whole where everything that is counted here is counted too */
  constructor(whole?: Waste) {
    this.#whole = whole;
  }

  /** Bytes by kind, live. */
  get bytes(): Readonly<Record<WasteKind, number>> {
    return this.#bytes;
  }

  /** Bytes of all kinds. */
  get total(): number {
    const { duplicate, unwanted, failed, lost } = this.#bytes;
    return duplicate + unwanted + failed + lost;
  }

  add(kind: WasteKind, bytes: number): void {
    this.#bytes[kind] += bytes;
    this.#whole?.add(kind, bytes);
  }
}
