import { TransferReport } from '@shoal/contracts';
import type { TorrentProgress } from '@shoal/session';

/** When a transfer began and, once it is over, ended; milliseconds. */
export interface TransferTimes {
  readonly startedAt: number;
  readonly now: number;
}

/** What a torrent's counters say about the bytes of its regular files, `size` in all. */
export function transferReport(
  progress: TorrentProgress,
  size: number,
  times: TransferTimes,
): TransferReport {
  const { bytesDone, bytesTotal, downloaded, uploaded, wasted, downloadRate, peers } = progress;
  // The torrent counts padding too: that is left out in proportion.
  const done = bytesTotal === 0 ? 0 : Math.floor((size * bytesDone) / bytesTotal);
  return {
    bytesDone: BigInt(done),
    bytesTotal: BigInt(size),
    bytesFromSeeders: BigInt(downloaded.fromSeeders),
    bytesFromPeers: BigInt(downloaded.fromPeers),
    bytesUploaded: BigInt(uploaded),
    bytesWasted: BigInt(wasted),
    rate: BigInt(Math.round(downloadRate)),
    elapsedMillis: BigInt(Math.max(0, Math.round(times.now - times.startedAt))),
    peers,
  };
}

/** The report of a tree that was on the host before anybody asked for it. */
export function heldReport(size: number): TransferReport {
  return TransferReport.create({ bytesDone: BigInt(size), bytesTotal: BigInt(size) });
}
