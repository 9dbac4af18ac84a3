import { EXPIRY_SLOT_MS, EXPIRY_SLOTS } from '../constants.ts';

/** Something with an end that may be put off. */
export interface Expiring {
  /** Milliseconds since the epoch. */
  readonly expiresAt: number;
}

/**
 * Finds what has expired without a timer for each: items lie in slots of one second. One whose end was put off
 * is moved when its old slot comes by, so that putting off costs nothing.
 */
export class ExpiryWheel<T extends Expiring> {
  readonly #slots: T[][] = Array.from({ length: EXPIRY_SLOTS }, () => []);
  #turnedTo: number;

  constructor(now: number) {
    this.#turnedTo = slotNumber(now);
  }

  /** Adds an item. Again when its end is brought forward: then it lies in two slots, and `expired` is told once or twice. */
  add(item: T): void {
    const ahead = Math.min(Math.max(slotNumber(item.expiresAt) - this.#turnedTo, 1), EXPIRY_SLOTS - 1);
    this.#slot(this.#turnedTo + ahead).push(item);
  }

  /**
   * Goes on to `now`. `isAlive` says whether an item still matters; those that do and are past their end go to
   * `expired`. An item is late by up to two slots.
   */
  turn(now: number, isAlive: (item: T) => boolean, expired: (item: T) => void): void {
    const target = slotNumber(now);
    // After a long sleep of the machine one full turn sees every slot.
    this.#turnedTo = Math.max(this.#turnedTo, target - EXPIRY_SLOTS);
    while (this.#turnedTo < target) {
      this.#turnedTo++;
      for (const item of this.#slot(this.#turnedTo).splice(0)) {
        if (!isAlive(item)) continue;
        if (item.expiresAt <= now) expired(item);
        else this.add(item);
      }
    }
  }

  #slot(number: number): T[] {
    return this.#slots[number % EXPIRY_SLOTS] ?? [];
  }
}

function slotNumber(time: number): number {
  return Math.floor(time / EXPIRY_SLOT_MS);
}
