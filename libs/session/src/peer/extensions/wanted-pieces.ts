import { decodeWantedMessage, encodeWantedMessage, type ExtensionHandshake } from '@shoal/protocol';
import type { Clock, PeerHandle, TorrentCore } from '@shoal/swarm';
import { WANTED_INTERVAL, WANTED_MIN_INTERVAL, WANTED_REPEAT } from '../../constants.ts';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';

/** Collaborators of {@link WantedPieces}. */
export interface WantedPiecesComponents {
  readonly clock: Clock;
  readonly core: Pick<TorrentCore, 'wantedOf' | 'onWanted'>;
}

/**
 * Tells peers which pieces we have deadlines for and they have not said they have (`shoal_wanted`, an extension of our own). A
 * seeder that sends first copies hides most of what it has, and would show those pieces when it is their turn.
 */
export class WantedPieces implements ExtensionType {
  readonly name = 'shoal_wanted';
  readonly #components: WantedPiecesComponents;
  readonly #links = new Set<WantedLink>();

  constructor(components: WantedPiecesComponents) {
    this.#components = components;
  }

  connect(peer: ExtensionPeer): Extension {
    const link = new WantedLink(this.#components, peer, () => this.#links.delete(link));
    this.#links.add(link);
    return link;
  }

  /** Tells those who have not heard of what is wanted now. */
  tick(now: number): void {
    for (const link of this.#links) link.tell(now);
  }
}

/** The extension as it is spoken with one peer. */
class WantedLink implements Extension {
  readonly #components: WantedPiecesComponents;
  readonly #peer: ExtensionPeer;
  /** The peer is gone. */
  readonly onClose: () => void;
  #speaks = false;
  #told: readonly number[] = [];
  #toldAt = -Infinity;
  #heardAt = -Infinity;

  constructor(components: WantedPiecesComponents, peer: ExtensionPeer, onClose: () => void) {
    this.#components = components;
    this.#peer = peer;
    this.onClose = onClose;
  }

  onHandshake({ extensions }: ExtensionHandshake): void {
    this.#speaks = extensions.has('shoal_wanted');
  }

  /** What comes too soon after another one is not looked at. */
  onMessage(payload: Uint8Array): void {
    const pieces = decodeWantedMessage(payload);
    const now = this.#components.clock.now();
    if (now - this.#heardAt < WANTED_MIN_INTERVAL) return;
    this.#heardAt = now;
    this.#ofCore((core, handle) => core.onWanted(handle, pieces));
  }

  tell(now: number): void {
    if (!this.#speaks || now - this.#toldAt < WANTED_INTERVAL) return;
    this.#ofCore((core, handle) => {
      const wanted = core.wantedOf(handle);
      const isSame =
        wanted.length === this.#told.length && wanted.every((piece, at) => piece === this.#told[at]);
      if (wanted.length === 0 || (isSame && now - this.#toldAt < WANTED_REPEAT)) return;
      this.#told = wanted;
      this.#toldAt = now;
      this.#peer.send(encodeWantedMessage(wanted));
    });
  }

  #ofCore(act: (core: WantedPiecesComponents['core'], handle: PeerHandle) => void): void {
    const { handle } = this.#peer;
    if (handle !== undefined) act(this.#components.core, handle);
  }
}
