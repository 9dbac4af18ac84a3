import { MseError } from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import {
  ENCRYPTED_HANDSHAKE_BURST,
  ENCRYPTED_HANDSHAKES_PER_SECOND,
  MAX_ENCRYPTED_HANDSHAKES,
} from './constants.ts';

/** Bounds the encrypted handshakes that strangers can make us do: at the same time, and by rate. */
export class HandshakeBudget {
  readonly #clock: Clock;
  #open = 0;
  #left = ENCRYPTED_HANDSHAKE_BURST;
  #updatedAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#updatedAt = clock.now();
  }

  /**
   * Does the work of one handshake.
   * @throws MseError SHOAL_MSE_BUSY; whatever `work` throws
   */
  async during<Result>(work: () => Promise<Result>): Promise<Result> {
    if (this.#open >= MAX_ENCRYPTED_HANDSHAKES) {
      throw new MseError('SHOAL_MSE_BUSY', `${this.#open} encrypted handshakes are under way`);
    }
    this.#open += 1;
    try {
      return await work();
    } finally {
      this.#open -= 1;
    }
  }

  /**
   * Counts a handshake that costs us something.
   * @throws MseError SHOAL_MSE_BUSY
   */
  spend(): void {
    const now = this.#clock.now();
    const earned = ((now - this.#updatedAt) * ENCRYPTED_HANDSHAKES_PER_SECOND) / 1_000;
    this.#left = Math.min(ENCRYPTED_HANDSHAKE_BURST, this.#left + earned);
    this.#updatedAt = now;
    if (this.#left < 1) {
      throw new MseError('SHOAL_MSE_BUSY', 'too many encrypted handshakes within a second');
    }
    this.#left -= 1;
  }
}
