import type { HostRow } from '@shoal/database';

/** Decides which seeder takes a new upload. */
export interface SeederPolicy {
  /** The seeders that can take `size` bytes, the best first. */
  rank(alive: readonly HostRow[], size: bigint): readonly HostRow[];
}

/** Fills the seeder with the most room first. */
export const mostFreeSeederPolicy: SeederPolicy = {
  rank: (alive, size) =>
    alive
      .filter((seeder) => seeder.endpoint !== '' && seeder.freeBytes >= size)
      .sort((a, b) => Number(b.freeBytes - a.freeBytes) || (a.hostId < b.hostId ? -1 : 1)),
};
