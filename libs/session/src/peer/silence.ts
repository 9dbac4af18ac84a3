import { INACTIVITY_TIMEOUT, KEEP_ALIVE_INTERVAL } from '../constants.ts';

/** How long a peer and we have said nothing, to the accuracy of a tick: nobody asks the clock for each message. */
export class Silence {
  #hasHeard = false;
  #hasSaid = false;
  #lastHeardAt: number;
  #lastSaidAt: number;

  /** @param now Clock milliseconds, as are all times */
  constructor(now: number) {
    this.#lastHeardAt = now;
    this.#lastSaidAt = now;
  }

  /** Something came. */
  heard(): void {
    this.#hasHeard = true;
  }

  /** Something was sent. */
  said(): void {
    this.#hasSaid = true;
  }

  /**
   * What is to be done about it now (BEP 3).
   * @param isExcused the peer may have said something that we did not read
   */
  tick(now: number, isExcused: boolean): 'give-up' | 'keep-alive' | undefined {
    if (this.#hasHeard || isExcused) this.#lastHeardAt = now;
    if (this.#hasSaid) this.#lastSaidAt = now;
    this.#hasHeard = false;
    this.#hasSaid = false;
    if (now - this.#lastHeardAt > INACTIVITY_TIMEOUT) return 'give-up';
    return now - this.#lastSaidAt > KEEP_ALIVE_INTERVAL ? 'keep-alive' : undefined;
  }
}
