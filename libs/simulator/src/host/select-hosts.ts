import type { Random } from '@shoal/swarm';
import { shuffled } from '../graph/rings.ts';
import type { HostSelector } from '../scenario.ts';

/** The numbers of the hosts selected, in ascending order; seeders come first among the hosts. */
export function selectHosts(
  { select, share = 1 }: { readonly select: HostSelector; readonly share?: number },
  counts: { readonly seeders: number; readonly leechers: number },
  random: Random,
): readonly number[] {
  const { seeders, leechers } = counts;
  const all = Array.from({ length: seeders + leechers }, (_, index) => index);
  const selected = all.filter((index) => {
    if (select === 'all') return true;
    if (typeof select !== 'string') return select.includes(index);
    return select === 'seeders' ? index < seeders : index >= seeders;
  });
  if (share >= 1) return selected;
  return shuffled(selected, random)
    .slice(0, Math.round(selected.length * share))
    .sort((a, b) => a - b);
}
