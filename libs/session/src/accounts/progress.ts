import type { TorrentProgress } from '../api.ts';
import { type Accounts, sumOf } from './accounts.ts';

/** The part of a torrent's progress that comes out of its books. */
export function progressOf(
  accounts: Accounts,
): Pick<TorrentProgress, 'accounts' | 'downloaded' | 'uploaded' | 'wasted'> {
  const { seeder: fromSeeders, origin: fromOrigins, ...peers } = accounts.downloaded;
  return {
    accounts,
    downloaded: { fromSeeders, fromPeers: sumOf(peers), fromOrigins },
    uploaded: sumOf(accounts.uploaded),
    wasted: sumOf(accounts.wasted),
  };
}
