import type { Bitfield, HashRange, PeerMessage } from '@shoal/protocol';
import type { Clock, PeerHandle } from '@shoal/swarm';
import { HASH_BUDGET, HASH_BUDGET_PER_SECOND, MAX_QUEUED_HASH_REQUESTS } from '../constants.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { HashQuestion, HashRanges } from './hash-ranges.ts';

/** Hashes that a peer may still make us compute. */
interface Allowance {
  left: number;
  /** Milliseconds. */
  updatedAt: number;
}

interface LeafRequest {
  readonly peer: PeerHandle;
  readonly range: HashRange;
  readonly question: HashQuestion & { readonly kind: 'leaves' };
}

/**
 * Answers hash requests (BEP 52). Leaves are read and hashed on a hashing thread, one piece at a time for all peers of
 * a torrent. What a peer can make us do is bounded: beyond its allowance, or a full queue, it gets a reject.
 */
export class HashServer {
  readonly #clock: Clock;
  readonly #store: ContentStore;
  readonly #send: (peer: PeerHandle, message: PeerMessage) => void;
  readonly #ranges: HashRanges | undefined;
  readonly #have: Bitfield;
  readonly #allowances = new Map<PeerHandle, Allowance>();
  readonly #queue: LeafRequest[] = [];
  #isBusy = false;

  constructor(
    components: {
      readonly clock: Clock;
      readonly store: ContentStore;
      readonly send: (peer: PeerHandle, message: PeerMessage) => void;
      /** None in a v1 torrent: everything is rejected. */
      readonly ranges: HashRanges | undefined;
    },
    init: { readonly have: Bitfield },
  ) {
    this.#clock = components.clock;
    this.#store = components.store;
    this.#send = components.send;
    this.#ranges = components.ranges;
    this.#have = init.have;
  }

  onRequest(peer: PeerHandle, range: HashRange): void {
    const question = this.#ranges?.parse(range);
    if (this.#ranges === undefined || question === undefined) this.#reject(peer, range);
    else if (question.kind === 'leaves') this.#enqueue({ peer, range, question });
    else if (!this.#allow(peer, range.length + this.#ranges.costOf(question.file))) this.#reject(peer, range);
    else this.#answer(peer, range, this.#ranges.ofPieces(question.file, range));
  }

  /** The peer is gone. */
  forget(peer: PeerHandle): void {
    this.#allowances.delete(peer);
    const others = this.#queue.filter((request) => request.peer !== peer);
    this.#queue.splice(0, this.#queue.length, ...others);
  }

  #enqueue(request: LeafRequest): void {
    const { peer, range, question } = request;
    const isAcceptable =
      this.#have.has(question.piece) &&
      this.#queue.length < MAX_QUEUED_HASH_REQUESTS &&
      this.#allow(peer, question.width);
    if (!isAcceptable) {
      this.#reject(peer, range);
      return;
    }
    this.#queue.push(request);
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    for (let request = this.#queue.shift(); request !== undefined; request = this.#queue.shift()) {
      const { peer, range, question } = request;
      const leaves = await this.#store.digestBlocks(question.piece).catch(() => undefined);
      const hashes = leaves === undefined ? undefined : this.#ranges?.ofLeaves(question, range, leaves);
      this.#answer(peer, range, hashes);
    }
    this.#isBusy = false;
  }

  #answer(peer: PeerHandle, range: HashRange, hashes: readonly Uint8Array[] | undefined): void {
    if (hashes === undefined) this.#reject(peer, range);
    else this.#send(peer, { ...range, type: 'hashes', hashes: Buffer.concat(hashes) });
  }

  #reject(peer: PeerHandle, range: HashRange): void {
    this.#send(peer, { ...range, type: 'hash-reject' });
  }

  /** Takes `cost` hashes from what the peer may make us compute. */
  #allow(peer: PeerHandle, cost: number): boolean {
    const now = this.#clock.now();
    const allowance = this.#allowances.get(peer) ?? { left: HASH_BUDGET, updatedAt: now };
    this.#allowances.set(peer, allowance);
    const earned = ((now - allowance.updatedAt) * HASH_BUDGET_PER_SECOND) / 1_000;
    allowance.left = Math.min(HASH_BUDGET, allowance.left + earned);
    allowance.updatedAt = now;
    if (cost > allowance.left) return false;
    allowance.left -= cost;
    return true;
  }
}
