import { type ClientName, contestantCommand } from '../../../bench/harness/clients.ts';
import { ContestantProcess } from '../../../bench/harness/contestant-process.ts';
import { commandAt } from '../../../bench/network/network.ts';
import { ON_LOOPBACK, READY_DEADLINE_MS, type StockClient, type StockClientInit } from './stock-client.ts';

/** Starts libtorrent (python3-libtorrent, 2.0.8 on Debian 12) on one torrent: v1, v2 or hybrid. */
export function startLibtorrent(init: StockClientInit): Promise<StockClient> {
  // The tests compare what is on disk.
  return startContestant('libtorrent', init, 'flush=1');
}

/**
 * Starts aria2 (1.36 on Debian 12) on one torrent, v1 or hybrid: of a hybrid it computes an info-hash of its own. As a
 * seeder it cannot hold symlinks. It learns of peers from the torrent's trackers alone.
 */
export function startAria2(init: StockClientInit): Promise<StockClient> {
  return startContestant('aria2', init, 'disk-cache=0');
}

/** Starts Shoal in a process of its own, for networks that this process is not in. Settings are those of `sessionOptions`. */
export function startShoalProcess(init: StockClientInit): Promise<StockClient> {
  return startContestant('shoal', init);
}

/** Runs a client of the benchmarks. */
async function startContestant(
  name: ClientName,
  { torrentFile, directory, role, peers = [], at = ON_LOOPBACK, settings = {} }: StockClientInit,
  ...options: readonly string[]
): Promise<StockClient> {
  const contestant = new ContestantProcess(name, commandAt(at, contestantCommand(name)), [
    ...['--role', role === 'seeder' ? 'seed' : 'leech', '--torrent', torrentFile, '--dir', directory],
    ...['--work', directory, '--listen', `${at.address}:0`],
    ...options.flatMap((option) => ['--opt', option]),
    ...Object.entries(settings).flatMap(([key, value]) => ['--opt', `${key}=${value}`]),
    ...peers.flatMap(({ host, port }) => ['--peer', `${host}:${port}`]),
  ]);
  try {
    await contestant.said('ready', READY_DEADLINE_MS);
    if (role === 'leecher') contestant.go();
  } catch (error) {
    await contestant.kill();
    throw error;
  }
  return {
    port: contestant.port,
    complete: (deadlineMs) =>
      role === 'seeder' ? Promise.resolve() : contestant.said('complete', deadlineMs),
    stop: () => contestant.quit(),
  };
}
