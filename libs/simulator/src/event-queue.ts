import type { Clock } from '@shoal/swarm';

/** Something that happens at a moment of virtual time. */
export interface TimedEvent {
  fire(): void;
}

const INITIAL_CAPACITY = 1_024;

/**
 * Virtual time, which passes only from one event to the next. A binary heap over typed arrays: a run has tens of
 * millions of events, and an object for each would double its time. Most come in groups that are set one after the other
 * for the same moment, as a `have` for every peer is: a group is one entry of the heap.
 */
export class EventQueue implements Clock {
  #times = new Float64Array(INITIAL_CAPACITY);
  /** Groups of the same moment happen in the order they were set. */
  #orders = new Float64Array(INITIAL_CAPACITY);
  readonly #groups: TimedEvent[][] = [];
  /** The group that was set last, and its moment: more events for this moment join it, even while it happens. */
  #latest: TimedEvent[] = [];
  #latestTime = -1;
  /** The group that happens now, and how many of its events have happened. */
  #current: TimedEvent[] = [];
  #done = 0;
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
    const moment = Math.max(time, this.#now);
    if (moment === this.#latestTime) {
      this.#latest.push(event);
      return;
    }
    this.#latest = [event];
    this.#latestTime = moment;
    this.#insert(moment, this.#latest);
  }

  /** Runs `action` when `delay` milliseconds have passed. */
  after(delay: number, action: () => void): void {
    this.at(this.#now + delay, { fire: action });
  }

  /** Has the next event happen if its time is not beyond `limit`; returns whether it did. */
  step(limit: number): boolean {
    if (this.#done === this.#current.length && !this.#begin(limit)) return false;
    const event = this.#current[this.#done];
    this.#done += 1;
    this.#fired += 1;
    event?.fire();
    return true;
  }

  /** Nothing happens until `time`. */
  skipTo(time: number): void {
    this.#now = Math.max(this.#now, time);
  }

  /** Begins the next group if its time is not beyond `limit`; returns whether it did. */
  #begin(limit: number): boolean {
    const next = this.#groups[0];
    const time = this.#times[0] ?? Infinity;
    if (next === undefined || time > limit) return false;
    this.#removeFirst();
    this.#now = time;
    this.#current = next;
    this.#done = 0;
    return true;
  }

  #insert(moment: number, group: TimedEvent[]): void {
    const order = this.#nextOrder;
    this.#nextOrder += 1;
    if (this.#groups.length === this.#times.length) this.#grow();
    let index = this.#groups.length;
    this.#groups.push(group);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!this.#isAfter(parent, moment, order)) break;
      this.#move(parent, index);
      index = parent;
    }
    this.#put(index, moment, order, group);
  }

  #removeFirst(): void {
    const last = this.#groups.pop();
    const length = this.#groups.length;
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
    const group = this.#groups[from];
    if (group !== undefined) this.#put(to, this.#times[from] ?? 0, this.#orders[from] ?? 0, group);
  }

  #put(index: number, time: number, order: number, group: TimedEvent[]): void {
    this.#times[index] = time;
    this.#orders[index] = order;
    this.#groups[index] = group;
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
