import { infoHashHex } from '@shoal/protocol';
import { LedgerFile } from '../accounts/ledger-file.ts';
import { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type { AddLoopTorrent } from '../loops/loop-session.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import { wireHashesOf } from './wire-hashes.ts';

/** The books of a torrent that is added. Those that have a file are written from time to time until they are taken out. */
export function createLedger(environment: TorrentEnvironment, options: AddLoopTorrent): TorrentLedger {
  const { clock, ledger: whole, savedLedgers } = environment;
  const { hashes, have, ledgerPath, others, seedLimits, reusedBytes = 0 } = options;
  const [infoHash] = wireHashesOf(hashes);
  const file = ledgerPath === undefined ? undefined : new LedgerFile(ledgerPath, infoHash);
  const init = { name: infoHashHex(infoHash), countsTime: seedLimits?.seedMillis !== undefined };
  const ledger = new TorrentLedger({ clock, whole, file, others }, init);
  if (reusedBytes > 0) ledger.traffic.reused(reusedBytes);
  if (have === 'all') ledger.startSeeding();
  if (file !== undefined) savedLedgers.add(ledger);
  return ledger;
}
