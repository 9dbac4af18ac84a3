import { TransferReport } from '@shoal/contracts';
import { NO_ACCOUNTS, sumOf, type TorrentProgress } from '@shoal/session';

/** What a transfer knows beside its torrent. */
export interface TransferFacts {
  /** When it began and, once it is over, ended; milliseconds. */
  readonly startedAt: number;
  readonly now: number;
  /** Bytes that came from other trees of this host. */
  readonly bytesReused: number;
}

/** What a torrent's counters say about the bytes of its regular files, `size` in all; before it is added, nothing. */
export function transferReport(
  progress: TorrentProgress | undefined,
  size: number,
  { startedAt, now, bytesReused }: TransferFacts,
): TransferReport {
  const {
    bytesDone = 0,
    bytesTotal = 0,
    accounts: { downloaded, uploaded, wasted, reused } = { ...NO_ACCOUNTS, reused: bytesReused },
    downloadRate = 0,
    peers = 0,
  } = progress ?? {};
  const { seeder, origin, ...fromPeers } = downloaded;
  // The torrent counts padding too, which is left out in proportion, and nothing until it is loaded.
  const done = bytesTotal === 0 ? bytesReused : Math.floor((size * bytesDone) / bytesTotal);
  return {
    bytesDone: BigInt(done),
    bytesTotal: BigInt(size),
    bytesFromSeeders: BigInt(seeder),
    bytesFromPeers: BigInt(sumOf(fromPeers)),
    bytesFromOrigins: BigInt(origin),
    bytesUploaded: BigInt(sumOf(uploaded)),
    bytesWasted: BigInt(sumOf(wasted)),
    bytesReused: BigInt(reused),
    rate: BigInt(Math.round(downloadRate)),
    elapsedMillis: BigInt(Math.max(0, Math.round(now - startedAt))),
    peers,
  };
}

/** The report of a tree that was on the host before anybody asked for it. */
export function heldReport(size: number): TransferReport {
  return TransferReport.create({ bytesDone: BigInt(size), bytesTotal: BigInt(size) });
}
