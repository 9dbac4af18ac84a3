import type { Random } from '@shoal/swarm';
import type { EdgeSet } from './graph-policy.ts';

/** Adds `count` rings through the members in random order. */
export function addRings(edges: EdgeSet, members: readonly number[], count: number, random: Random): void {
  for (let ring = 0; ring < count; ring += 1) {
    const order = shuffled(members, random);
    for (const [place, member] of order.entries())
      edges.add(member, order[(place + 1) % order.length] ?? member);
  }
}

/** The items in random order (Fisher–Yates). */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
  const order = [...items];
  for (let last = order.length - 1; last > 0; last -= 1) {
    const other = random.below(last + 1);
    const item = order[last] as T;
    order[last] = order[other] as T;
    order[other] = item;
  }
  return order;
}
