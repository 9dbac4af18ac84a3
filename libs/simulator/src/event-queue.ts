import type { Clock } from '@shoal/swarm';

/** Something that happens at a moment of virtual time. */
export interface TimedEvent {
  fire(): void;
}

const INITIAL_CAPACITY = 1_024;

/**
 * Virtual time, which passes only from one event to the next. A binary heap over typed arrays: a run has tens of
 * millions of events, and an object for each would double its time.
 */
export class EventQueue implements Clock {
  #times = new Float64Array(INITIAL_CAPACITY);
  /** Events of the same moment happen in the order they were set. */
  #orders = new Float64Array(INITIAL_CAPACITY);
  readonly #events: TimedEvent[] = [];
  #now = 0;
  #fired = 0;
  #nextOrder = 0;

  /** Milliseconds. */
  now(): number {
    return this.#now;
  }

  /** Events that have happened. */
  get fired(): number {
    return this.#fired;
  }

  /** Has `event` fire at a moment, in milliseconds; at once if that is in the past. */
  at(time: number, event: TimedEvent): void {
    const order = this.#nextOrder;
    const moment = Math.max(time, this.#now);
    this.#nextOrder += 1;
    if (this.#events.length === this.#times.length) this.#grow();
    let index = this.#events.length;
    this.#events.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isAfter(parent, moment, order)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, moment, order, event);
  }

  /** Runs `action` when `delay` milliseconds have passed. */
  after(delay: number, action: () => void): void {
    this.at(this.#now + delay, { fire: action });
  }

  /** Has the next event happen if its time is not beyond `limit`; returns whether it did. */
  step(limit: number): boolean {
    const [next] = this.#events;
    const time = this.#times[0] ?? Infinity;
    if (next === undefined || time > limit) return false;
    this.#removeFirst();
    this.#now = time;
    this.#fired += 1;
    next.fire();
    return true;
  }

  /** Nothing happens until `time`. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  #removeFirst(): void {
    const last = this.#events.pop();
    const length = this.#events.length;
    if (last === undefined || length === 0) return;
    const time = this.#times[length] ?? 0;
    const order = this.#orders[length] ?? 0;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= length) break;
      const right = child + 1;
      if (right < length && this.#isAfter(child, this.#times[right] ?? 0, this.#orders[right] ?? 0)) {
        child = right;
      }
      if (this.#isAfter(child, time, order)) break;
      this.#move(child, index);
      index = child;
    }
    this.#put(index, time, order, last);
  }

  #isAfter(index: number, time: number, order: number): boolean {
    const own = this.#times[index] ?? 0;
    return own > time || (own === time && (this.#orders[index] ?? 0) > order);
  }

  #move(from: number, to: number): void {
    const event = this.#events[from];
    if (event !== undefined) this.#put(to, this.#times[from] ?? 0, this.#orders[from] ?? 0, event);
  }

  #put(index: number, time: number, order: number, event: TimedEvent): void {
    this.#times[index] = time;
    this.#orders[index] = order;
    this.#events[index] = event;
  }

  #grow(): void {
    const times = new Float64Array(2 * this.#times.length);
    const orders = new Float64Array(times.length);
    times.set(this.#times);
    orders.set(this.#orders);
    this.#times = times;
    this.#orders = orders;
  }
}
