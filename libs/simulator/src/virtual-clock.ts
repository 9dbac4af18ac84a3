import type { Clock } from '@shoal/swarm';

interface Event {
  readonly at: number;
  /** Events of the same moment run in the order they were set. */
  readonly order: number;
  readonly action: () => void;
}

/** Time that passes only from one event to the next. */
export class VirtualClock implements Clock {
  /** A binary heap: the next event is first. */
  readonly #events: Event[] = [];
  #now = 0;
  #nextOrder = 0;

  now(): number {
    return this.#now;
  }

  /** Runs `action` when `delay` milliseconds have passed. */
  after(delay: number, action: () => void): void {
    const events = this.#events;
    const event = { at: this.#now + Math.max(0, delay), order: this.#nextOrder, action };
    this.#nextOrder += 1;
    let index = events.length;
    events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      const above = events[parent];
      if (above === undefined || !isBefore(event, above)) break;
      events[index] = above;
      index = parent;
    }
    events[index] = event;
  }

  /** Runs events until `isDone`, or the time `limit` in milliseconds, or no event is left. */
  run(isDone: () => boolean, limit: number): void {
    while (!isDone()) {
      const [next] = this.#events;
      if (next === undefined || next.at > limit) return;
      this.#removeFirst();
      this.#now = next.at;
      next.action();
    }
  }

  #removeFirst(): void {
    const events = this.#events;
    const last = events.pop();
    if (last === undefined || events.length === 0) return;
    let index = 0;
    for (;;) {
      const child = this.#earlierChild(index);
      const below = events[child];
      if (below === undefined || !isBefore(below, last)) break;
      events[index] = below;
      index = child;
    }
    events[index] = last;
  }

  #earlierChild(index: number): number {
    const left = this.#events[2 * index + 1];
    const right = this.#events[2 * index + 2];
    return left !== undefined && right !== undefined && isBefore(right, left) ? 2 * index + 2 : 2 * index + 1;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
