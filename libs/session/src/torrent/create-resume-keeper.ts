import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { ResumeFile } from '../resume.ts';
import type { LoadedTorrent } from './load-torrent.ts';
import { ResumeKeeper } from './resume-keeper.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';

/** Makes what keeps a torrent's resume file; undefined for a torrent without one. */
export function createResumeKeeper(
  components: {
    readonly environment: TorrentEnvironment;
    readonly file: ResumeFile | undefined;
    readonly ledger: TorrentLedger;
  },
  { store, have, durable }: LoadedTorrent,
  peers: () => readonly PeerAddress[],
  onError: (error: unknown) => void,
): ResumeKeeper | undefined {
  const { environment, file, ledger } = components;
  if (file === undefined) return undefined;
  const { clock } = environment;
  return new ResumeKeeper({ clock, file, store, peers, books: () => ledger.books(), onError }, have, durable);
}
