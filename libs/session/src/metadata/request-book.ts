import type { Clock } from '@shoal/swarm';
import { MAX_FAILED_REQUESTS, MAX_UNWANTED_ANSWERS, METADATA_TIMEOUT, REJECT_HOLD } from './constants.ts';
import type { MetadataSource } from './metadata-source.ts';

/** What one source was asked for and has not answered. */
interface Account<Item> {
  readonly items: Map<string, { readonly item: Item; readonly deadline: number }>;
  /** It is asked for nothing before, in milliseconds. */
  heldUntil: number;
  failures: number;
  unwanted: number;
}

/** How an answer stands to what was asked for. */
export type Outcome = 'answered' | 'rejected';

/**
 * What was asked of whom. Whoever answers late, not, or unasked, is asked less, and at last disconnected.
 */
export class RequestBook<Item> {
  readonly #clock: Clock;
  readonly #window: number;
  /** An item is free to be asked of others. */
  readonly #onReturned: (item: Item) => void;
  readonly #accounts = new Map<MetadataSource, Account<Item>>();

  constructor(
    components: { readonly clock: Clock; readonly onReturned: (item: Item) => void },
    init: {
      /** Requests that one source is sent ahead. */
      readonly window: number;
    },
  ) {
    this.#clock = components.clock;
    this.#onReturned = components.onReturned;
    this.#window = init.window;
  }

  /** Sources that may be asked now. */
  *ready(): Iterable<MetadataSource> {
    for (const source of this.#accounts.keys()) if (this.hasRoom(source)) yield source;
  }

  has(source: MetadataSource): boolean {
    return this.#accounts.has(source);
  }

  /** Whether a source may be asked for more now. */
  hasRoom(source: MetadataSource): boolean {
    const account = this.#accounts.get(source);
    if (account === undefined || account.heldUntil > this.#clock.now()) return false;
    return account.items.size < this.#window;
  }

  add(source: MetadataSource): void {
    if (this.has(source)) return;
    this.#accounts.set(source, { items: new Map(), heldUntil: 0, failures: 0, unwanted: 0 });
  }

  /** A source is gone, or has nothing more to offer. */
  remove(source: MetadataSource): void {
    const account = this.#accounts.get(source);
    this.#accounts.delete(source);
    const entries = [...(account?.items.values() ?? [])];
    account?.items.clear();
    for (const { item } of entries) this.#onReturned(item);
  }

  /** A source was asked for an item. */
  enter(source: MetadataSource, key: string, item: Item): void {
    const deadline = this.#clock.now() + METADATA_TIMEOUT;
    this.#accounts.get(source)?.items.set(key, { item, deadline });
  }

  isAsked(source: MetadataSource, key: string): boolean {
    return this.#accounts.get(source)?.items.has(key) === true;
  }

  /** A source has answered. Returns the item that it was asked for; undefined when it was not. */
  settle(source: MetadataSource, key: string, outcome: Outcome): Item | undefined {
    const account = this.#accounts.get(source);
    if (account === undefined) return undefined;
    const entry = account.items.get(key);
    account.items.delete(key);
    if (entry === undefined) {
      account.unwanted += 1;
      if (account.unwanted > MAX_UNWANTED_ANSWERS) source.close('answers what nobody asked for');
      return undefined;
    }
    if (outcome === 'answered') account.failures = 0;
    else this.#fail(source, account, REJECT_HOLD);
    return entry.item;
  }

  /** Takes back what was not answered in time. */
  tick(): void {
    const now = this.#clock.now();
    for (const [source, account] of this.#accounts) {
      for (const [key, { item, deadline }] of account.items) {
        if (now < deadline) continue;
        account.items.delete(key);
        this.#onReturned(item);
        this.#fail(source, account, METADATA_TIMEOUT);
      }
    }
  }

  #fail(source: MetadataSource, account: Account<Item>, hold: number): void {
    account.failures += 1;
    account.heldUntil = this.#clock.now() + hold;
    if (account.failures >= MAX_FAILED_REQUESTS) source.close('gives no metadata');
  }
}
