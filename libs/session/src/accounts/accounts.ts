import { WASTE_KINDS, type WasteKind } from '@shoal/swarm';

/** Whom bytes come from and go to, as the books tell them apart. */
export const SOURCE_CLASSES = [
  'seeder',
  /** An agent that says it is in our rack. */
  'same-rack',
  /** An agent of our zone, in another rack or in none. */
  'same-zone',
  /** An agent of another zone, or one that says no zone while we have one. */
  'other-zone',
  /** Anybody who is not of a fleet: stock clients. */
  'client',
  /** A web seed. Nothing is sent to one. */
  'origin',
] as const;

/** One of {@link SOURCE_CLASSES}. */
export type SourceClass = (typeof SOURCE_CLASSES)[number];

/** Bytes of each class. */
export type BytesByClass = Readonly<Record<SourceClass, number>>;

/**
 * The books of a torrent, or of many: bytes, counted where they pass. What is downloaded and not wasted is there, or on its
 * way into a piece.
 */
export interface Accounts {
  /** Payload received in whole blocks, what came in vain included. */
  readonly downloaded: BytesByClass;
  /** Payload that the system has taken to send. */
  readonly uploaded: BytesByClass;
  /** Of the payload received, what came in vain. */
  readonly wasted: Readonly<Record<WasteKind, number>>;
  /** Taken from other trees of this host instead of being received. */
  readonly reused: number;
  /**
   * What peers say to each other beside payload: handshakes, messages, the headers of blocks. Without TCP, IP and
   * encryption, and without the headers of web seeds' answers.
   */
  readonly overhead: { readonly downloaded: number; readonly uploaded: number };
}

/** Books in which nothing is written yet. */
export const NO_ACCOUNTS: Accounts = combine(() => 0);

/** Both together. */
export function addAccounts(a: Accounts, b: Accounts): Accounts {
  return combine((numberOf) => numberOf(a) + numberOf(b));
}

/** The later of two states of the same books, whose numbers only grow. */
export function laterOf(a: Accounts, b: Accounts): Accounts {
  return combine((numberOf) => Math.max(numberOf(a), numberOf(b)));
}

/** The same books with more payload given up before it was written. */
export function withLost(accounts: Accounts, bytes: number): Accounts {
  return { ...accounts, wasted: { ...accounts.wasted, lost: accounts.wasted.lost + bytes } };
}

/** Whether every number is the same. */
export function areSame(a: Accounts, b: Accounts): boolean {
  let isSame = true;
  combine((numberOf) => {
    if (numberOf(a) !== numberOf(b)) isSame = false;
    return 0;
  });
  return isSame;
}

/** The bytes of all classes, or kinds, together. */
export function sumOf(bytes: Readonly<Record<string, number>>): number {
  return Object.values(bytes).reduce((sum, value) => sum + value, 0);
}

/** Bytes that came and were of use, from peers or from this host itself. */
export function usefulBytes({ downloaded, wasted, reused }: Accounts): number {
  return sumOf(downloaded) - sumOf(wasted) + reused;
}

/**
 * Payload uploaded by {@link usefulBytes}; what was reused counts, since the host has it as if it had been received.
 * `undefined` where nothing came: there is nothing to give back.
 */
export function ratioOf(accounts: Accounts): number | undefined {
  const useful = usefulBytes(accounts);
  return useful > 0 ? sumOf(accounts.uploaded) / useful : undefined;
}

/** Books whose every number is what `valueOf` makes of the function that finds this number in other books. */
export function combine(valueOf: (numberOf: (accounts: Accounts) => number) => number): Accounts {
  const byClass = (side: 'downloaded' | 'uploaded') =>
    recordOf(SOURCE_CLASSES, (name) => valueOf((accounts) => accounts[side][name]));
  return {
    downloaded: byClass('downloaded'),
    uploaded: byClass('uploaded'),
    wasted: recordOf(WASTE_KINDS, (name) => valueOf((accounts) => accounts.wasted[name])),
    reused: valueOf((accounts) => accounts.reused),
    overhead: {
      downloaded: valueOf((accounts) => accounts.overhead.downloaded),
      uploaded: valueOf((accounts) => accounts.overhead.uploaded),
    },
  };
}

/** What `valueOf` gives for each name. */
export function recordOf<K extends string>(
  names: readonly K[],
  valueOf: (name: K) => number,
): Record<K, number> {
  return Object.fromEntries(names.map((name) => [name, valueOf(name)])) as Record<K, number>;
}
