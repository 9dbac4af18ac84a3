import type { Metainfo } from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  type PeerAddress,
  type RateLimits,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { announceTorrent } from '../../../bench/contestants/announce.ts';
import type { StockClient } from './stock-client.ts';

export interface ShoalClientInit {
  readonly metainfo: Metainfo;
  /** Directory that holds, or will hold, the torrent's entries. */
  readonly root: string;
  readonly role: 'seeder' | 'leecher';
  /** Address to listen at, and to dial from. */
  readonly host: string;
  /** Files to fetch, by path below the root. @default all */
  readonly wanted?: readonly string[];
  /** Peers to dial at once. */
  readonly peers?: readonly PeerAddress[];
  /** @default no limits */
  readonly limits?: RateLimits;
  /** As `localDiscovery` of a session. */
  readonly localDiscovery?: boolean;
}

/** A client of ours, with a torrent to look at. */
export interface ShoalClient extends StockClient {
  readonly torrent: Torrent;
}

/** Runs one torrent in a session of ours, announced to the trackers in its metainfo: what stock clients meet. */
export async function startShoal(init: ShoalClientInit): Promise<ShoalClient> {
  const { metainfo, root, role, host, wanted, peers = [], limits, localDiscovery = false } = init;
  const pool = createHashPool();
  const cache = new SpanCache();
  const files = new OpenFiles();
  const session = await createSession(
    {},
    {
      host,
      port: 0,
      localAddress: host,
      peerClass: role === 'seeder' ? 'seeder' : 'agent',
      clientVersion: '0.0.0',
      localDiscovery,
    },
  );
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    private: metainfo.private,
    openStore: () =>
      openDirectoryStore({ pool, cache, files }, { metainfo, root, create: role === 'leecher' }),
    have: role === 'seeder' ? 'all' : 'none',
    ...(limits && { limits }),
    ...(wanted && { priorities: { ofFile: ({ path }) => (wanted.includes(path.join('/')) ? 4 : 0) } }),
  });
  torrent.addPeers(peers);
  const { port } = session.address;
  const announcers = announceTorrent(session, torrent, {
    metainfo,
    isSeeder: role === 'seeder',
    // Shows in the test's output; the transfer's own deadline fails the test.
    onError: (error) => console.error(error),
  });
  return {
    torrent,
    port,
    complete: (deadlineMs) => torrent.whenComplete({ signal: AbortSignal.timeout(deadlineMs) }),
    async stop() {
      await Promise.all(announcers.map((announcer) => announcer.stop()));
      await session.close();
      await pool.close();
    },
  };
}
