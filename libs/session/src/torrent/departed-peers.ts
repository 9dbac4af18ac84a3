import type { PeerHandle } from '@shoal/swarm';
import { MAX_DEPARTED_PEERS } from '../constants.ts';
import type { BlockSource } from '../ports/block-source.ts';

/** Who the latest peers to leave were: blocks they sent may turn out to be bad later. */
export class DepartedPeers {
  readonly #peers = new Map<PeerHandle, BlockSource['identity']>();

  add(handle: PeerHandle, peer: BlockSource['identity']): void {
    this.#peers.set(handle, peer);
    const [oldest] = this.#peers.keys();
    if (this.#peers.size > MAX_DEPARTED_PEERS && oldest !== undefined) this.#peers.delete(oldest);
  }

  get(handle: PeerHandle): BlockSource['identity'] | undefined {
    return this.#peers.get(handle);
  }
}
