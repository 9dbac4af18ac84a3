import type { PeerHandle } from '@shoal/swarm';
import type { BannedPeer } from '../api.ts';
import { MAX_DEPARTED_PEERS } from '../constants.ts';

/** Who the latest peers to leave were: blocks they sent may turn out to be bad later. */
export class DepartedPeers {
  readonly #peers = new Map<PeerHandle, BannedPeer>();

  add(handle: PeerHandle, peer: BannedPeer): void {
    this.#peers.set(handle, peer);
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MAX_DEPARTED_PEERS && oldest !== undefined) this.#peers.delete(oldest);
  }

  get(handle: PeerHandle): BannedPeer | undefined {
    return this.#peers.get(handle);
  }
}
