import type { BlockRange, Bitfield } from '@shoal/protocol';
import { MAX_BAD_REQUESTS, MAX_QUEUED_REQUESTS } from './constants.ts';
import type { Clock } from './clock.ts';
import type { AllowedFast } from './allowed-fast.ts';
import type { CloseReason, CoreSink } from './core-sink.ts';
import type { FirstCopies } from './first-copies.ts';
import type { PieceGeometry } from './geometry.ts';
import type { PeerState } from './peer-state.ts';

/** Takes peers' requests and hands them out as blocks to send. */
export class Uploader {
  readonly #clock: Clock;
  readonly #sink: CoreSink;
  readonly #allowedFast: AllowedFast;
  readonly #firstCopies: FirstCopies | undefined;
  readonly #geometry: PieceGeometry;
  readonly #have: Bitfield;

  constructor(
    components: {
      readonly clock: Clock;
      readonly sink: CoreSink;
      readonly allowedFast: AllowedFast;
      readonly firstCopies: FirstCopies | undefined;
    },
    init: { readonly geometry: PieceGeometry; readonly have: Bitfield },
  ) {
    this.#clock = components.clock;
    this.#sink = components.sink;
    this.#allowedFast = components.allowedFast;
    this.#firstCopies = components.firstCopies;
    this.#geometry = init.geometry;
    this.#have = init.have;
  }

  /** Queues a request. Returns why the peer must go, when it must. */
  onRequest(peer: PeerState, block: BlockRange): CloseReason | undefined {
    if (!this.#isPossible(block)) return 'protocol-violation';
    const isAcceptable =
      this.#have.has(block.piece) &&
      peer.uploads.length < MAX_QUEUED_REQUESTS &&
      (!peer.amChoking || this.#allowedFast.take(peer, block));
    if (!isAcceptable) {
      this.#reject(peer, block);
      peer.badRequests += 1;
      return peer.badRequests > MAX_BAD_REQUESTS ? 'flood' : undefined;
    }
    peer.uploads.push(block);
    if (peer.uploads.length === 1) this.#sink.uploadsWaiting(peer.handle);
    return undefined;
  }

  onCancel(peer: PeerState, block: BlockRange): void {
    const index = peer.uploads.findIndex(
      (queued) =>
        queued.piece === block.piece && queued.begin === block.begin && queued.length === block.length,
    );
    if (index === -1) return;
    peer.uploads.splice(index, 1);
    this.#reject(peer, block);
  }

  /** Refuses everything queued but what was granted, as BEP 6 wants it when a peer is choked. */
  dropAll(peer: PeerState): void {
    const dropped = peer.uploads.filter(({ piece }) => !peer.granted.has(piece));
    peer.uploads = peer.uploads.filter(({ piece }) => peer.granted.has(piece));
    for (const block of dropped) this.#reject(peer, block);
  }

  /** Hands out blocks to send, in order, until `budget` bytes are reached. Returns their bytes. */
  drain(peer: PeerState, budget: number): number {
    let bytes = 0;
    let count = 0;
    for (const block of peer.uploads) {
      if (bytes >= budget) break;
      bytes += block.length;
      count += 1;
      this.#sink.sendBlock(peer.handle, block);
      this.#firstCopies?.onSent(peer, block.piece, block.length, this.#clock.now());
    }
    peer.uploads.splice(0, count);
    peer.uploaded += bytes;
    peer.uploadRate.add(bytes);
    return bytes;
  }

  #reject(peer: PeerState, block: BlockRange): void {
    if (peer.fast) this.#sink.send(peer.handle, { ...block, type: 'reject' });
  }

  #isPossible({ piece, begin, length }: BlockRange): boolean {
    if (piece >= this.#geometry.pieceCount || length < 1 || length > this.#geometry.blockSize) return false;
    return begin + length <= this.#geometry.servedSize(piece);
  }
}
