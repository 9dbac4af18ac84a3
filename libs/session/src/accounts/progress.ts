import type { TorrentProgress } from '../api/torrent.ts';
import { sumOf } from './accounts.ts';
import type { TorrentLedger } from './torrent-ledger.ts';

/** The part of a torrent's progress that comes out of its books. */
export function progressOf(
  ledger: TorrentLedger,
): Pick<TorrentProgress, 'accounts' | 'downloaded' | 'uploaded' | 'wasted'> {
  const run = ledger.traffic.accounts();
  const { seeder: fromSeeders, origin: fromOrigins, ...peers } = run.downloaded;
  return {
    accounts: ledger.fetch(),
    downloaded: { fromSeeders, fromPeers: sumOf(peers), fromOrigins },
    uploaded: sumOf(run.uploaded),
    wasted: sumOf(run.wasted),
  };
}
