import type { Schedule } from '../system.ts';

/** Calls on its members one after the other, in rounds with a pause between; without members there is no timer. */
export class Rounds<Member> {
  readonly #schedule: Schedule;
  readonly #pauseMs: number;
  readonly #visit: (member: Member) => Promise<void>;
  readonly #members = new Set<Member>();
  /** Of the next round, while none is on. */
  #cancel: (() => void) | undefined;
  #isOn = false;

  /** @param visit must not reject */
  constructor(
    components: { readonly schedule: Schedule; readonly visit: (member: Member) => Promise<void> },
    init: { readonly pauseMs: number },
  ) {
    this.#schedule = components.schedule;
    this.#visit = components.visit;
    this.#pauseMs = init.pauseMs;
  }

  add(member: Member): void {
    this.#members.add(member);
    this.#plan();
  }

  delete(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size > 0) return;
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #round(): Promise<void> {
    this.#cancel = undefined;
    this.#isOn = true;
    for (const member of this.#members) await this.#visit(member);
    this.#isOn = false;
    this.#plan();
  }

  #plan(): void {
    if (this.#isOn || this.#cancel !== undefined || this.#members.size === 0) return;
    this.#cancel = this.#schedule(() => void this.#round(), this.#pauseMs);
  }
}
