import type { PeerClass } from '../api/peer.ts';
import type { SourceClass } from './accounts.ts';

/** Where a member of a fleet is, as far as it says. */
export interface Location {
  /** Empty: none. */
  readonly zone: string;
  /** Within the zone; empty: none. */
  readonly rack: string;
}

/** Of a member that does not say where it is. */
export const NO_LOCATION: Location = { zone: '', rack: '' };

/**
 * The class in whose books a peer's bytes belong. All of it is what the peer says: good for counting, not for trusting.
 * Hosts without zones are in one zone together.
 */
export function sourceClassOf(peerClass: PeerClass, theirs: Location, ours: Location): SourceClass {
  if (peerClass !== 'agent') return peerClass;
  if (theirs.zone !== ours.zone) return 'other-zone';
  return ours.rack !== '' && theirs.rack === ours.rack ? 'same-rack' : 'same-zone';
}
