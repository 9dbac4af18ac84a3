import type { ExtensionHandshake } from '@shoal/protocol';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';

/**
 * Tells peers that we want nothing though we lack pieces: a partial seed (BEP 21), in our handshake, and when it changes later
 * by the message `upload_only` of libtorrent, a byte that is 1 or 0. A seeder need not say so: it has everything. What
 * peers say of themselves shows in what they ask for.
 */
export class UploadOnly implements ExtensionType {
  readonly name = 'upload_only';
  readonly #peers = new Set<ExtensionPeer>();
  #isUploadOnly = false;

  get introduction(): Partial<ExtensionHandshake> {
    return this.#isUploadOnly ? { uploadOnly: true } : {};
  }

  /** Tells everyone who is connected, if it has changed. */
  set(isUploadOnly: boolean): void {
    if (isUploadOnly === this.#isUploadOnly) return;
    this.#isUploadOnly = isUploadOnly;
    for (const peer of this.#peers) peer.send(Uint8Array.of(isUploadOnly ? 1 : 0));
  }

  connect(peer: ExtensionPeer): Extension {
    this.#peers.add(peer);
    return { onMessage: () => undefined, onClose: () => this.#peers.delete(peer) };
  }
}
