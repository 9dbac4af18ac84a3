import { type Metainfo, wireInfoHashes } from '@shoal/protocol';
import { createAnnouncer, type Announcer, type Session, type Torrent } from '@shoal/session';

/** What a torrent in a session of ours is announced with. */
export interface AnnounceInit {
  readonly metainfo: Metainfo;
  readonly isSeeder: boolean;
  readonly onError: (error: unknown) => void;
}

/** Announces a torrent to every tracker in its metainfo by each of its info-hashes, from the session's address. */
export function announceTorrent(session: Session, torrent: Torrent, init: AnnounceInit): Announcer[] {
  const { metainfo, isSeeder, onError } = init;
  const { host, port } = session.address;
  const figures = () => {
    const { uploaded, downloaded, bytesDone } = torrent.progress();
    const left = isSeeder ? 0 : metainfo.pieceSpaceLength - bytesDone;
    return {
      uploaded,
      downloaded: downloaded.fromPeers + downloaded.fromSeeders + downloaded.fromOrigins,
      left,
    };
  };
  return metainfo.announceTiers.flat().flatMap((url) =>
    wireInfoHashes(metainfo).map((infoHash) =>
      createAnnouncer(
        // Of no use in transfers that are shorter than an interval.
        { random: { below: () => 0 } },
        {
          url,
          infoHash,
          peerId: session.peerId,
          port,
          localAddress: host,
          figures,
          onPeers: (peers) => torrent.addPeers(peers),
          onError,
        },
      ),
    ),
  );
}
