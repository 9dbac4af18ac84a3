import { errorClassOf } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';

const FAILURES = {
  SHOAL_TRACKER_GRANT_INVALID: {
    status: Status.UNAUTHENTICATED,
    remedy: 'Ask the catalog for a grant; check that the tracker has the public key of that catalog.',
  },
  SHOAL_TRACKER_GRANT_EXPIRED: {
    status: Status.UNAUTHENTICATED,
    remedy: 'Ask the catalog for a fresh grant; check the clocks of both machines.',
  },
  SHOAL_TRACKER_GRANT_HOST: {
    status: Status.PERMISSION_DENIED,
    remedy: 'Announce with the grant that the catalog gave to this very host.',
  },
  SHOAL_TRACKER_UNKNOWN_INFO_HASH: {
    status: Status.NOT_FOUND,
    remedy: 'Announce an info-hash that the grant names.',
  },
  SHOAL_TRACKER_REQUEST_INVALID: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Correct the announce; the message says what is wrong with it.',
  },
  SHOAL_TRACKER_HANDLE_UNKNOWN: {
    status: Status.NOT_FOUND,
    remedy: 'Join the swarm again: the tracker does not have this handle on this stream.',
  },
  SHOAL_TRACKER_SWARM_LIMIT: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Add a tracker shard, or raise --max-swarms.',
  },
  SHOAL_TRACKER_PEER_LIMIT: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Raise --max-peers-per-swarm.',
  },
  SHOAL_TRACKER_JOIN_LIMIT: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Leave swarms that are no longer needed, or spread them over several members.',
  },
} as const;

/** Raised when an announce cannot be served; on a stream it becomes a refusal of the one swarm it is about. */
export class TrackerError extends errorClassOf(FAILURES) {}
