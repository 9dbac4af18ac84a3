import { type Accounts, addAccounts, sumOf } from '../accounts/accounts.ts';
import type { TorrentProgress, TorrentState } from '../api/torrent.ts';

/**
 * What a complete torrent does on all loops together.
 * @param main of the main loop
 * @param others of the other loops
 * @param elsewhere the books of all loops but the main one, also of those that do not serve it any more
 */
export function mergeProgress(
  main: TorrentProgress,
  others: readonly TorrentProgress[],
  elsewhere: Accounts,
): TorrentProgress {
  const all = [main, ...others];
  const sum = (valueOf: (progress: TorrentProgress) => number): number =>
    all.reduce((total, progress) => total + valueOf(progress), 0);
  const error = all.find((progress) => progress.error !== undefined)?.error;
  // A loop knows them once it has loaded the metainfo.
  const loaded = all.find(({ piecesTotal }) => piecesTotal > 0) ?? main;
  const { piecesDone, piecesTotal, bytesDone, bytesTotal, wanted } = loaded;
  return {
    ...main,
    piecesDone,
    piecesTotal,
    bytesDone,
    bytesTotal,
    wanted,
    state: busiest(all.map(({ state }) => state)),
    accounts: addAccounts(main.accounts, elsewhere),
    uploaded: main.uploaded + sumOf(elsewhere.uploaded),
    wasted: main.wasted + sumOf(elsewhere.wasted),
    peers: sum(({ peers }) => peers),
    uploadRate: sum(({ uploadRate }) => uploadRate),
    ...(error === undefined ? {} : { error }),
  };
}

/** Of a complete torrent: a failure first, then what says most. The main loop alone can close it. */
function busiest(states: readonly TorrentState[]): TorrentState {
  const [main = 'idle'] = states;
  if (main === 'closed') return main;
  const order: readonly TorrentState[] = ['failed', 'seeding', 'starting'];
  return order.find((state) => states.includes(state)) ?? main;
}
