/** Source of randomness of what must run repeatably from a seed. */
export interface Random {
  /** An integer of [0, bound), every one as likely; `bound` is at least 1 and below 2^32. */
  below(bound: number): number;
}

/** Brings `items` into random order, in place; every order is as likely. Returns them. */
export function shuffle<T>(items: T[], random: Random): T[] {
  for (const last of items.keys()) {
    const other = random.below(last + 1);
    const [a, b] = [items[last], items[other]] as [T, T];
    items[last] = b;
    items[other] = a;
  }
  return items;
}

/** A repeatable {@link Random} from a 32-bit seed: the generator mulberry32, good for choices, not for secrets. */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
  return { below: (bound) => Math.floor(next() * bound) };
}
