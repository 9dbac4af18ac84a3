import type { AnnouncedSwarm } from '../swarms/announcer.ts';

/** A swarm the client announces. */
export interface JoinedSwarm extends Pick<AnnouncedSwarm, 'infoHash' | 'status' | 'onPeers' | 'onReported'> {
  /** Its name on every stream of this client. */
  readonly handle: number;
  /** Tracker endpoints, the one to use first. Not empty. */
  readonly shards: readonly string[];
  /** The newest one. */
  grant: string;
  /** A tracker said no; it is asked again later. */
  refused: boolean;
}
