import { randomInt } from 'node:crypto';
import { wireInfoHash, WIRE_INFO_HASH_LENGTH } from '@shoal/protocol';
import { createAnnouncer, type PeerAddress, type Session, type TorrentHashes } from '@shoal/session';

/** What a swarm is announced with. */
export interface AnnounceSwarmInit {
  readonly hashes: TorrentHashes;
  /** URLs: HTTP, HTTPS or UDP. */
  readonly trackers: readonly string[];
  /** Bytes so far, and still to come. */
  readonly figures: () => { readonly uploaded: number; readonly downloaded: number; readonly left: number };
  readonly onPeers: (peers: readonly PeerAddress[]) => void;
  /** A tracker failed; it is asked again later. */
  readonly onError: (tracker: string, error: unknown) => void;
}

/** A swarm that is announced. */
export interface AnnouncedSwarm {
  /** Every piece is there: not only what is wanted (BEP 3). */
  completed(): void;
  /** Ends, within seconds. */
  stop(): Promise<void>;
}

/** Announces a swarm to each tracker by each of its info-hashes. */
export function announceSwarm(session: Session, init: AnnounceSwarmInit): AnnouncedSwarm {
  const { v1, v2, aliases = [] } = init.hashes;
  const infoHashes = [v1, v2, ...aliases].flatMap((hash) =>
    hash === undefined ? [] : [wireInfoHash(hash.subarray(0, WIRE_INFO_HASH_LENGTH))],
  );
  const announcers = init.trackers.flatMap((url) =>
    infoHashes.map((infoHash) =>
      createAnnouncer(
        { random: { below: (bound) => randomInt(bound) } },
        {
          url,
          infoHash,
          peerId: session.peerId,
          port: session.address.port,
          figures: init.figures,
          onPeers: init.onPeers,
          onError: (error) => init.onError(url, error),
        },
      ),
    ),
  );
  return {
    completed() {
      for (const announcer of announcers) announcer.completed();
    },
    async stop() {
      await Promise.all(announcers.map((announcer) => announcer.stop()));
    },
  };
}
