const OUTCOMES = ['accepted', 'refused', 'made', 'failed'] as const;

type HandshakeOutcome = (typeof OUTCOMES)[number];

/**
 * How encrypted handshakes (MSE) have ended since the session began. Of peers that dialled us: `accepted`, and `refused`
 * because there were too many, for no torrent of ours, malformed or late. Of peers that we dialled: `made` and `failed`.
 */
export type EncryptedHandshakes = Readonly<Record<HandshakeOutcome, number>>;

/** Counts encrypted handshakes, in memory that the event loops of a session can share. */
export class HandshakeCounts {
  readonly memory: SharedArrayBuffer;
  readonly #counts: BigUint64Array;

  /** @param memory of another one, to count together with it */
  constructor(memory = new SharedArrayBuffer(OUTCOMES.length * BigUint64Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#counts = new BigUint64Array(memory);
  }

  /** Does a handshake, and counts how it ends. */
  async during<Result>(
    work: () => Promise<Result>,
    [done, failed]: readonly [HandshakeOutcome, HandshakeOutcome],
  ): Promise<Result> {
    try {
      const result = await work();
      this.#add(done);
      return result;
    } catch (error) {
      this.#add(failed);
      throw error;
    }
  }

  read(): EncryptedHandshakes {
    const counted = (outcome: HandshakeOutcome): number =>
      Number(Atomics.load(this.#counts, OUTCOMES.indexOf(outcome)));
    return {
      accepted: counted('accepted'),
      refused: counted('refused'),
      made: counted('made'),
      failed: counted('failed'),
    };
  }

  #add(outcome: HandshakeOutcome): void {
    Atomics.add(this.#counts, OUTCOMES.indexOf(outcome), 1n);
  }
}
