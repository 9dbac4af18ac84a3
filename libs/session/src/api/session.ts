import type { Clock, Random } from '@shoal/swarm';
import type { Accounts } from '../accounts/accounts.ts';
import type { Location } from '../accounts/source-class.ts';
import type { EncryptedHandshakes } from '../encryption/handshake-counts.ts';
import type { FetchMetadata, MetadataFetch } from '../metadata/metadata-fetch.ts';
import type { PeerTransport } from '../ports/peer-transport.ts';
import type { SessionLimits } from '../rate/rate-limits.ts';
import type { Schedule } from '../system.ts';
import type { AddTorrent } from './add-torrent.ts';
import type { PeerAddress, PeerClass } from './peer.ts';
import type { SessionLogger } from './session-logger.ts';
import type { Torrent } from './torrent.ts';

/** Collaborators of a session; each has a production default. */
export interface SessionComponents {
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: SessionLogger;
  readonly transport?: PeerTransport;
  /** Timers of the rate limits. */
  readonly schedule?: Schedule;
}

/**
 * Whether peers that demand encryption (MSE, RC4) are spoken to. It hides what is said from simple filters, and protects
 * nobody: it proves no identity, and RC4 is broken.
 */
export type EncryptionPolicy = 'off' | 'allow';

export interface SessionInit {
  /** Address to listen on; `::` for both IPv4 and IPv6. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. */
  readonly port: number;
  /** Address that connections to peers of its family leave from. @default the system's choice */
  readonly localAddress?: string;
  readonly peerClass: PeerClass;
  /** Where we are in a fleet: told to peers, and traffic is counted by it. @default nothing is told */
  readonly location?: Location;
  /** Our version, as shown to other clients: "Shoal <clientVersion>". */
  readonly clientVersion: string;
  /** Open connections, half-open ones included. @default 200 */
  readonly maxConnections?: number;
  /** Peers of one torrent; it dials half as many, the rest is for those who dial it. @default 60 */
  readonly maxPeersPerTorrent?: number;
  /** Memory for pieces that are being received or written, in bytes. @default 24 MiB */
  readonly bufferBudgetBytes?: number;
  /** @default no limits */
  readonly limits?: SessionLimits;
  /**
   * 'allow' accepts encrypted handshakes, and tries them with peers that hang up on plain ones; what follows stays plain
   * text where the peer agrees. @default 'allow'
   */
  readonly encryption?: EncryptionPolicy;
  /** Certificates, PEM, of authorities that web seeds may be signed by beside the well-known ones. @default none */
  readonly originAuthorities?: readonly string[];
  /**
   * Whether peers of torrents that are not private (BEP 27) are looked for in the local network (BEP 14), on the interfaces
   * that {@link host} is of: tells everybody there what is fetched and served. @default false
   */
  readonly localDiscovery?: boolean;
  /**
   * Event loops (threads) that connections are spread over, so that a seeder uses several cores: 1 to MAX_LOOPS. Each has
   * its own connections, up to {@link maxConnections} and {@link maxPeersPerTorrent}, and its own memory. See
   * {@link AddTorrent.tree} for what they serve. @default 1
   */
  readonly loops?: number;
}

export interface Session {
  /** Where we listen, the port as bound. */
  readonly address: PeerAddress;
  /** Our 20-byte peer id. */
  readonly peerId: Uint8Array;
  /** @throws TorrentError SHOAL_TORRENT_EXISTS when a hash is taken already; RateLimitError */
  add(options: AddTorrent): Torrent;
  /**
   * Finds out from peers what a torrent is, of which a magnet link alone is known.
   * @throws TorrentError SHOAL_TORRENT_EXISTS when a hash is taken already, SHOAL_TORRENT_NO_HASH
   */
  fetchMetadata(options: FetchMetadata): MetadataFetch;
  /**
   * Replaces the limits of the session and of the classes, at once; torrents keep theirs.
   * @throws RateLimitError
   */
  setLimits(limits: SessionLimits): void;
  /** What was received and sent since the session began, also of torrents that are gone. */
  accounts(): Accounts;
  /** None while {@link SessionInit.encryption} is 'off'. */
  encryptedHandshakes(): EncryptedHandshakes;
  torrents(): Iterable<Torrent>;
  /** Finds a torrent by a v1, v2 or truncated v2 info-hash. */
  get(infoHash: Uint8Array): Torrent | undefined;
  /** Closes every torrent, connection, listener and timer. Idempotent. */
  close(): Promise<void>;
}
