import type { Clock } from '@shoal/swarm';
import { LIMIT_WAKE_INTERVAL } from '../constants.ts';
import type { Schedule } from '../system.ts';
import type { Lane } from './lane.ts';

/**
 * Lanes that wait for a limit, in the order they came. One timer serves all of them: it wakes the line when the first
 * might go on, and those that may share what there is. Who has had a share joins again at the end.
 */
export class WaitingLine {
  readonly #clock: Clock;
  readonly #schedule: Schedule;
  readonly #lanes = new Set<Lane>();
  #timer: { readonly dueAt: number; readonly cancel: () => void } | undefined;

  constructor(components: { readonly clock: Clock; readonly schedule: Schedule }) {
    this.#clock = components.clock;
    this.#schedule = components.schedule;
  }

  now(): number {
    return this.#clock.now();
  }

  /** `lane` waits from now on, until it is served and may go on. */
  join(lane: Lane): void {
    this.#lanes.add(lane);
    this.#wakeIn(lane.opensIn(this.now()));
  }

  leave(lane: Lane): void {
    this.#lanes.delete(lane);
  }

  /** Lets all that may go on do so: time has passed, or limits have changed. */
  serve(): void {
    let sharers = this.#lanes.size;
    for (const lane of [...this.#lanes]) {
      // It may have closed when others were served.
      if (this.#lanes.has(lane)) lane.serve(sharers);
      sharers -= 1;
    }
    const now = this.now();
    for (const lane of this.#lanes) this.#wakeIn(lane.opensIn(now));
  }

  close(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lanes.clear();
  }

  #wakeIn(delay: number): void {
    const wait = Math.max(Math.ceil(delay), LIMIT_WAKE_INTERVAL);
    const dueAt = this.now() + wait;
    if (this.#timer !== undefined) {
      if (this.#timer.dueAt <= dueAt) return;
      this.#timer.cancel();
    }
    const cancel = this.#schedule(() => {
      this.#timer = undefined;
      this.serve();
    }, wait);
    this.#timer = { dueAt, cancel };
  }
}
