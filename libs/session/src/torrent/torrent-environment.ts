import type { Clock, Random } from '@shoal/swarm';
import type { BufferPool } from '../buffer-pool.ts';
import type { LocalIdentity } from '../peer/local-identity.ts';
import type { SendBudget } from '../send-budget.ts';

/** What the torrents of a session share. */
export interface TorrentEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly buffers: BufferPool;
  readonly sending: SendBudget;
  /** Peers that are connected, over all torrents. */
  readonly connections: { count: number };
  /** Our own peer id and introduction. */
  readonly peerId: Uint8Array;
  readonly identity: LocalIdentity;
}
