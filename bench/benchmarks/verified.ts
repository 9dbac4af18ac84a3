import { BenchError } from '../errors.ts';
import type { Swarm } from '../harness/swarm.ts';
import type { Transfer } from '../harness/transfer.ts';

/**
 * Makes sure that every leecher is complete and that its file is the seeder's, byte for byte.
 * @throws BenchError SHOAL_BENCH_CONTESTANT
 */
export async function requireWhole(swarm: Swarm, { seconds }: Transfer): Promise<void> {
  const { leechers } = swarm;
  if (seconds.length < leechers.length) {
    throw failure(`${seconds.length} of ${leechers.length} leechers complete`);
  }
  await requireSameBytes(swarm);
}

/**
 * Makes sure that the file of every leecher that says it is complete is the seeder's, byte for byte.
 * @throws BenchError SHOAL_BENCH_CONTESTANT
 */
export async function requireSameBytes(swarm: Swarm): Promise<void> {
  for (const [index, leecher] of swarm.leechers.entries()) {
    if (leecher.heardAt('complete') === undefined) continue;
    // aria2 and libtorrent say so before their last bytes have been written.
    await leecher.quit();
    if (!(await swarm.isWhole(index))) throw failure(`${leecher.name} wrote other bytes than the seeder's`);
  }
}

function failure(what: string): BenchError {
  return new BenchError(
    'SHOAL_BENCH_CONTESTANT',
    what,
    'Try a longer --limit; run it alone with --clients to see what it says.',
  );
}
