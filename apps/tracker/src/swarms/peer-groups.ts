import type { Peer } from './peer.ts';
import { type ListLevel, PeerList } from './peer-list.ts';

const ALL: ListLevel = 0;
const ZONE: ListLevel = 1;
const RACK: ListLevel = 2;

/** Peers, all together, by zone, and by rack. */
export class PeerGroups {
  readonly all = new PeerList(ALL);
  readonly #zones = new Map<string, PeerList>();
  readonly #racks = new Map<string, PeerList>();

  get size(): number {
    return this.all.size;
  }

  /** The zones that have peers. */
  get zones(): ReadonlyMap<string, PeerList> {
    return this.#zones;
  }

  /** The peers in a peer's zone, or `undefined` when there are none. */
  zoneOf({ zone }: Peer): PeerList | undefined {
    return this.#zones.get(zone);
  }

  /** The peers in a peer's rack; `undefined` when there are none, or its rack is unknown. */
  rackOf(peer: Peer): PeerList | undefined {
    return peer.rack === '' ? undefined : this.#racks.get(rackKey(peer));
  }

  add(peer: Peer): void {
    this.all.add(peer);
    listOf(this.#zones, peer.zone, ZONE).add(peer);
    if (peer.rack !== '') listOf(this.#racks, rackKey(peer), RACK).add(peer);
  }

  remove(peer: Peer): void {
    this.all.remove(peer);
    removeFrom(this.#zones, peer.zone, peer);
    if (peer.rack !== '') removeFrom(this.#racks, rackKey(peer), peer);
  }
}

/** Racks of different zones may have the same name. */
function rackKey({ zone, rack }: Peer): string {
  return `${zone}/${rack}`;
}

function listOf(lists: Map<string, PeerList>, key: string, level: ListLevel): PeerList {
  const known = lists.get(key);
  if (known !== undefined) return known;
  const list = new PeerList(level);
  lists.set(key, list);
  return list;
}

function removeFrom(lists: Map<string, PeerList>, key: string, peer: Peer): void {
  const list = lists.get(key);
  list?.remove(peer);
  if (list?.size === 0) lists.delete(key);
}
