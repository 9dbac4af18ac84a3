import type { Bitfield } from '@shoal/protocol';
import type { ChokerCandidate, ChokerPolicy } from './choker-policy.ts';
import { FIRST_UPLOAD_SLOTS, RECHOKE_INTERVAL } from './constants.ts';
import type { CoreSink, PeerHandle } from './core-sink.ts';
import type { FirstCopies } from './first-copies.ts';
import type { PeerState } from './peer-state.ts';
import type { PieceSelection } from './piece-selection.ts';
import type { Uploader } from './uploader.ts';

/** Who is sent to while something is to be fetched, and once all that is wanted is there. */
export interface ChokerPolicies {
  readonly leeching: ChokerPolicy;
  readonly seeding: ChokerPolicy;
}

/** Deals the upload slots: at once while some are free, by the policy once a second. */
export class Choker {
  readonly #sink: CoreSink;
  readonly #uploader: Uploader;
  readonly #peers: ReadonlyMap<PeerHandle, PeerState>;
  readonly #firstCopies: FirstCopies | undefined;
  readonly #have: Bitfield;
  readonly #maxSlots: number;
  readonly #policies: ChokerPolicies;
  readonly #selection: PieceSelection;
  #rechokedAt = -Infinity;

  constructor(
    components: {
      readonly sink: CoreSink;
      readonly uploader: Uploader;
      readonly peers: ReadonlyMap<PeerHandle, PeerState>;
      readonly policies: ChokerPolicies;
      readonly selection: PieceSelection;
      readonly firstCopies: FirstCopies | undefined;
    },
    init: { readonly have: Bitfield; readonly slots: number },
  ) {
    this.#sink = components.sink;
    this.#uploader = components.uploader;
    this.#peers = components.peers;
    this.#policies = components.policies;
    this.#selection = components.selection;
    this.#firstCopies = components.firstCopies;
    this.#have = init.have;
    this.#maxSlots = init.slots;
  }

  /** First copies go to whom they were shown: that is what limits them. Slots grow with what there is to send. */
  get #slots(): number {
    if (this.#firstCopies?.isActive === true) return Infinity;
    if (this.#have.isComplete) return this.#maxSlots;
    return Math.min(this.#maxSlots, FIRST_UPLOAD_SLOTS + this.#have.count);
  }

  /** Unchokes interested peers while slots are free, in the order they connected. */
  fillFreeSlots(now: number): void {
    let free = this.#slots;
    for (const peer of this.#peers.values()) if (!peer.amChoking && peer.isInterested) free -= 1;
    for (const peer of this.#peers.values()) {
      if (free <= 0) return;
      if (!peer.amChoking || !peer.isInterested || peer.isClosing) continue;
      this.#unchoke(peer, now);
      free -= 1;
    }
  }

  tick(now: number): void {
    if (now - this.#rechokedAt < RECHOKE_INTERVAL) return;
    this.#rechokedAt = now;
    const candidates: ChokerCandidate[] = [];
    for (const peer of this.#peers.values()) {
      if (peer.isInterested && !peer.isClosing) candidates.push(toCandidate(peer));
    }
    const policy = this.#selection.isSatisfied ? this.#policies.seeding : this.#policies.leeching;
    const chosen = new Set(policy.choose(candidates, this.#slots, now));
    for (const peer of this.#peers.values()) {
      if (chosen.has(peer.handle)) this.#unchoke(peer, now);
      else this.#choke(peer);
    }
  }

  #unchoke(peer: PeerState, now: number): void {
    if (!peer.amChoking) return;
    peer.amChoking = false;
    peer.unchokedAt = now;
    peer.badRequests = 0;
    this.#sink.send(peer.handle, { type: 'unchoke' });
  }

  #choke(peer: PeerState): void {
    if (peer.amChoking || peer.isClosing) return;
    peer.amChoking = true;
    this.#sink.send(peer.handle, { type: 'choke' });
    this.#uploader.dropAll(peer);
    peer.badRequests = 0;
  }
}

function toCandidate(peer: PeerState): ChokerCandidate {
  return {
    handle: peer.handle,
    isUnchoked: !peer.amChoking,
    unchokedAt: peer.unchokedAt,
    downloadRate: peer.downloadRate.rate,
    uploadRate: peer.uploadRate.rate,
    uploaded: peer.uploaded,
    downloaded: peer.downloaded,
    isSnubbed: peer.isSnubbed,
  };
}
