import type { TrafficClass } from '../api.ts';

/** Payload bytes of a torrent over its life in the session, whatever peers and cores came and went. */
export class TorrentTotals {
  fromSeeders = 0;
  fromPeers = 0;
  fromOrigins = 0;
  /** Of peers and cores that are gone; those present count for themselves. */
  uploaded = 0;
  wasted = 0;

  onUseful(from: TrafficClass, bytes: number): void {
    if (from === 'seeder') this.fromSeeders += bytes;
    else if (from === 'origin') this.fromOrigins += bytes;
    else this.fromPeers += bytes;
  }
}
