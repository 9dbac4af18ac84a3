import type { PeerAddress } from '../api/peer.ts';
import { MAX_RESUMED_PEERS } from '../constants.ts';

/** What makes a connected peer worth remembering. */
export interface KnownPeer {
  /** Where it can be dialled, as far as it is known. */
  readonly listenAddress: PeerAddress | undefined;
  /** Whether it has sent something that was wanted. */
  readonly wasUseful: boolean;
}

/** The addresses of a torrent's peers that are worth dialling after a restart, also when no tracker can be asked. */
export class GoodPeers {
  /** Of peers that are gone, the newest last. */
  readonly #gone = new Map<string, PeerAddress>();

  /** A good peer is gone, or was one before a restart. The oldest is forgotten when there are too many. */
  remember(address: PeerAddress): void {
    const key = keyOf(address);
    this.#gone.delete(key);
    this.#gone.set(key, address);
    const [oldest] = this.#gone.keys();
    if (this.#gone.size > MAX_RESUMED_PEERS && oldest !== undefined) this.#gone.delete(oldest);
  }

  /** A peer that was remembered is none to be dialled again. */
  forget(address: PeerAddress): void {
    this.#gone.delete(keyOf(address));
  }

  /** The best first: connected ones that were useful, other connected ones, those that are gone. */
  list(connected: Iterable<KnownPeer>): PeerAddress[] {
    const peers = [...connected].sort((a, b) => Number(b.wasUseful) - Number(a.wasUseful));
    const best = new Map<string, PeerAddress>();
    const addresses = [
      ...peers.map(({ listenAddress }) => listenAddress),
      ...[...this.#gone.values()].reverse(),
    ];
    for (const address of addresses) {
      if (address !== undefined && !best.has(keyOf(address))) best.set(keyOf(address), address);
    }
    return [...best.values()].slice(0, MAX_RESUMED_PEERS);
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
