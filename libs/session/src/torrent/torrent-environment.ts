import type { Clock, Random } from '@shoal/swarm';
import type { Rounds } from '../accounts/rounds.ts';
import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { BufferPool } from '../buffer-pool.ts';
import type { LocalIdentity } from '../peer/local-identity.ts';
import type { SendBudget } from '../send-budget.ts';
import type { OriginBudget } from '../web-seed/origin-budget.ts';

/** What the torrents of a session share. */
export interface TorrentEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: SessionLogger;
  readonly buffers: BufferPool;
  readonly sending: SendBudget;
  /** The session's books, of which those of torrents are parts. */
  readonly ledger: TrafficLedger;
  /** Ledgers that are kept in files, to be written from time to time. */
  readonly savedLedgers: Rounds<TorrentLedger>;
  /** Peers that are connected, over all torrents. */
  readonly connections: { count: number };
  /** What may be asked of web seeds. */
  readonly origins: OriginBudget;
  /** Whether peers that shake no hands in plain text are dialled encrypted. */
  readonly allowsEncryption: boolean;
  /** Our own peer id and introduction. */
  readonly peerId: Uint8Array;
  readonly identity: LocalIdentity;
}
