import { Bitfield, type BlockRange, type PeerMessage } from '@shoal/protocol';
import type { AllowedFast } from './allowed-fast.ts';
import type { Choker } from './choker.ts';
import type { Clock } from './clock.ts';
import type { CloseReason } from './core-sink.ts';
import type { FirstCopies } from './first-copies.ts';
import type { Interest } from './interest.ts';
import type { PeerState } from './peer-state.ts';
import type { RequestFiller } from './request-filler.ts';
import type { Requester } from './requester.ts';
import type { Trust } from './trust.ts';
import type { Uploader } from './uploader.ts';

/** What the messages of peers act on. */
export interface PeerMessagesComponents {
  readonly clock: Clock;
  readonly requester: Requester;
  readonly uploader: Uploader;
  readonly allowedFast: AllowedFast;
  readonly choker: Choker;
  readonly interest: Interest;
  /** Of a seeder that has not sent every piece once. */
  readonly firstCopies: FirstCopies | undefined;
  readonly trust: Trust;
  readonly filler: RequestFiller;
  readonly close: (peer: PeerState, reason: CloseReason) => void;
}

/** Does what the messages of peers ask for. Blocks are not among them: they have no message object. */
export class PeerMessages {
  readonly #components: PeerMessagesComponents;
  readonly #have: Bitfield;

  constructor(components: PeerMessagesComponents, init: { readonly have: Bitfield }) {
    this.#components = components;
    this.#have = init.have;
  }

  /** @throws WireError when a bitfield is not one of this torrent */
  handle(peer: PeerState, message: PeerMessage): void {
    const { requester, uploader, trust, filler } = this.#components;
    switch (message.type) {
      case 'choke':
        peer.isChoking = true;
        // With the Fast extension every request is answered or rejected by itself (BEP 6).
        if (!peer.fast) requester.dropAll(peer);
        break;
      case 'unchoke':
        peer.isChoking = false;
        peer.hints.forgetRefusals();
        filler.fill(peer);
        break;
      case 'interested':
      case 'not-interested':
        this.#onInterest(peer, message.type === 'interested');
        break;
      case 'have':
        this.#onHave(peer, message.piece);
        break;
      case 'bitfield':
        this.#setPieces(peer, Bitfield.fromBytes(this.#have.size, message.bits));
        break;
      case 'have-all':
      case 'have-none':
        this.#onHaveAllOrNone(peer, message.type);
        break;
      case 'request': {
        const { piece, begin, length } = message;
        const reason = uploader.onRequest(peer, { piece, begin, length });
        if (reason !== undefined) this.#components.close(peer, reason);
        break;
      }
      case 'cancel':
        uploader.onCancel(peer, message);
        break;
      case 'reject':
        if (peer.fast) this.#onReject(peer, message);
        else this.#components.close(peer, 'protocol-violation');
        break;
      case 'hashes':
        trust.onHashes(peer, message, message.hashes);
        if (requester.isFlooding(peer)) this.#components.close(peer, 'flood');
        break;
      case 'hash-reject':
        trust.onHashReject(peer, message);
        break;
      case 'suggest':
      case 'allowed-fast':
        this.#onHint(peer, message.type, message.piece);
        break;
      case 'keep-alive':
      case 'port':
      case 'extended':
      case 'hash-request':
        // What belongs to the shell.
        break;
    }
  }

  #onInterest(peer: PeerState, isInterested: boolean): void {
    peer.isInterested = isInterested;
    this.#components.choker.fillFreeSlots(this.#components.clock.now());
    if (isInterested) this.#components.allowedFast.offer(peer);
  }

  /** Others are asked for the block, and the peer for other pieces; when it rejects because it chokes us, at the next tick. */
  #onReject(peer: PeerState, { piece, begin }: BlockRange): void {
    const { requester, filler, clock } = this.#components;
    const isRefusal = !peer.isChoking || peer.hints.isAllowed(piece);
    if (!requester.onReject(peer, piece, begin) || !isRefusal) return;
    peer.hints.refuse(piece, clock.now());
    filler.fillAll();
  }

  #onHint(peer: PeerState, type: 'suggest' | 'allowed-fast', piece: number): void {
    const { close, filler } = this.#components;
    if (!peer.fast || piece >= this.#have.size) {
      close(peer, 'protocol-violation');
      return;
    }
    if (type === 'suggest') peer.hints.suggest(piece);
    else peer.hints.allow(piece);
    filler.fill(peer);
  }

  #onHave(peer: PeerState, piece: number): void {
    if (piece >= this.#have.size) {
      this.#components.close(peer, 'protocol-violation');
      return;
    }
    const { interest, firstCopies, clock } = this.#components;
    interest.addPiece(peer, piece);
    firstCopies?.onHave(peer, piece, clock.now());
    this.#onPeerPieces(peer);
  }

  #onHaveAllOrNone(peer: PeerState, type: 'have-all' | 'have-none'): void {
    const size = this.#have.size;
    if (peer.fast) this.#setPieces(peer, type === 'have-all' ? Bitfield.all(size) : Bitfield.none(size));
    else this.#components.close(peer, 'protocol-violation');
  }

  #setPieces(peer: PeerState, have: Bitfield): void {
    const { interest, firstCopies, clock } = this.#components;
    interest.setPieces(peer, have);
    firstCopies?.onPieces(have, clock.now());
    this.#onPeerPieces(peer);
  }

  #onPeerPieces(peer: PeerState): void {
    if (this.#have.isComplete && peer.have.isComplete) this.#components.close(peer, 'both-complete');
    else this.#components.filler.fill(peer);
  }
}
