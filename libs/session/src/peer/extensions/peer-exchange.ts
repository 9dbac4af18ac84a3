import {
  decodePexMessage,
  encodePexMessage,
  type ExtensionHandshake,
  MAX_PEX_PEERS,
  type PexPeer,
} from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import type { PeerAddress } from '../../api/peer.ts';
import {
  MAX_EARLY_PEX,
  MAX_PEX_CHANGES,
  PEX_CHECK_INTERVAL,
  PEX_INTERVAL,
  PEX_MIN_INTERVAL,
} from '../../constants.ts';
import { isSharedAddress } from '../shared-address.ts';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';

/** Collaborators of a {@link PeerExchange}. */
export interface PeerExchangeComponents {
  readonly clock: Clock;
  /** Peers that are connected, by the addresses at which they can be dialled: what there is to tell. */
  readonly peers: () => readonly PexPeer[];
  /** Whether peers that have everything are of use to us. */
  readonly wantsSeeds: () => boolean;
  /** Peers of ours have told us of these, the ones that can be reached first. */
  readonly onFound: (addresses: readonly PeerAddress[]) => void;
}

/**
 * Tells the peers of a torrent of each other, and takes what they tell (`ut_pex`, BEP 11). Not for private torrents: those
 * do not have the extension at all (BEP 27).
 */
export class PeerExchange implements ExtensionType {
  readonly name = 'ut_pex';
  readonly #components: PeerExchangeComponents;
  readonly #links = new Set<ExchangeLink>();
  #checkedAt = -Infinity;

  constructor(components: PeerExchangeComponents) {
    this.#components = components;
  }

  connect(peer: ExtensionPeer): Extension {
    const link = new ExchangeLink(this.#components, peer, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Tells what has changed to those who may be told again. */
  tick(now: number): void {
    if (now - this.#checkedAt < PEX_CHECK_INTERVAL) return;
    this.#checkedAt = now;
    const due = [...this.#links].filter((link) => link.isDue(now));
    if (due.length === 0) return;
    const peers = this.#components.peers();
    for (const link of due) link.tell(peers, now);
  }
}

/** The exchange with one peer. */
class ExchangeLink implements Extension {
  readonly #components: PeerExchangeComponents;
  readonly #peer: ExtensionPeer;
  /** The peer is gone. */
  readonly onClose: () => void;
  /** Peers it has been told of and that were not taken back. */
  readonly #told = new Map<string, PeerAddress>();
  #speaks = false;
  #toldAt = -Infinity;
  #heardAt = -Infinity;
  /** Messages since the last one that came in time. */
  #early = 0;

  constructor(components: PeerExchangeComponents, peer: ExtensionPeer, onClose: () => void) {
    this.#components = components;
    this.#peer = peer;
    this.onClose = onClose;
  }

  onHandshake({ extensions }: ExtensionHandshake): void {
    this.#speaks = extensions.has('ut_pex');
  }

  /** Messages that come too soon are not looked at, and too many of them end the connection. */
  onMessage(payload: Uint8Array): void {
    const now = this.#components.clock.now();
    if (now - this.#heardAt < PEX_MIN_INTERVAL) {
      this.#early += 1;
      if (this.#early > MAX_EARLY_PEX) this.#peer.close('tells of peers without end');
      return;
    }
    const most = this.#heardAt === -Infinity ? MAX_PEX_PEERS : MAX_PEX_CHANGES;
    this.#heardAt = now;
    this.#early = 0;
    this.#take(decodePexMessage(payload).added.slice(0, most));
  }

  isDue(now: number): boolean {
    return this.#speaks && now - this.#toldAt >= PEX_INTERVAL;
  }

  /** Tells how `peers` differ from what it was told before, if they do. */
  tell(peers: readonly PexPeer[], now: number): void {
    const most = this.#toldAt === -Infinity ? MAX_PEX_PEERS : MAX_PEX_CHANGES;
    const current = new Map(peers.filter((peer) => this.#mayTell(peer)).map((peer) => [keyOf(peer), peer]));
    const added = [...current.values()].filter((peer) => !this.#told.has(keyOf(peer))).slice(0, most);
    const dropped = [...this.#told.values()].filter((peer) => !current.has(keyOf(peer))).slice(0, most);
    if (added.length === 0 && dropped.length === 0) return;
    for (const peer of dropped) this.#told.delete(keyOf(peer));
    for (const { host, port } of added) this.#told.set(keyOf({ host, port }), { host, port });
    this.#toldAt = now;
    this.#peer.send(encodePexMessage({ added, dropped }));
  }

  #take(added: readonly PexPeer[]): void {
    const wantsSeeds = this.#components.wantsSeeds();
    const useful = added.filter(
      ({ host, isSeed }) => (wantsSeeds || !isSeed) && isSharedAddress(host, this.#peer.host),
    );
    const reachableFirst = useful.toSorted((a, b) => Number(b.isReachable) - Number(a.isReachable));
    if (useful.length > 0) this.#components.onFound(reachableFirst.map(({ host, port }) => ({ host, port })));
  }

  #mayTell(peer: PeerAddress): boolean {
    const { host, listenAddress } = this.#peer;
    const isItself = listenAddress !== undefined && keyOf(listenAddress) === keyOf(peer);
    return !isItself && isSharedAddress(peer.host, host);
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
