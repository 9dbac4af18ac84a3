import { IDLE_AFTER } from '../constants.ts';

/** How long a torrent has had nothing to do. */
export class IdleTime {
  #since: number | undefined;

  /** Whether it has had nothing to do for IDLE_AFTER. @param now milliseconds */
  isOver(now: number, isInUse: boolean): boolean {
    if (isInUse) this.#since = undefined;
    else this.#since ??= now;
    return this.#since !== undefined && now - this.#since >= IDLE_AFTER;
  }
}
