import type { WireInfoHash } from '@shoal/protocol';
import type { PeerAddress } from '../api.ts';
import { MAX_BANNED, MAX_CANDIDATES, NEXT_HASH_DELAY, REDIAL_MAX, REDIAL_MIN } from '../constants.ts';

/** How a dialled address turned out. */
export type DialOutcome =
  /** Never connected, or dropped soon after. */
  | 'failed'
  /** Gone instead of shaking hands: the peer may know the torrent by another info-hash. */
  | 'refused'
  /** Was connected for a while. */
  | 'closed'
  /** Connected already, the other way round. */
  | 'duplicate';

/** An address to dial, and the info-hash to shake hands with. */
export interface PlannedDial {
  readonly address: PeerAddress;
  readonly infoHash: WireInfoHash;
}

interface Candidate {
  readonly address: PeerAddress;
  failures: number;
  /** Handshakes of ours that it refused; each moves on to the next info-hash. */
  refusals: number;
  /** Not dialled before, in milliseconds. */
  nextAt: number;
  /** Taken, and not settled. */
  isBusy: boolean;
  isExcluded: boolean;
}

/** The addresses of one torrent's peers that can be dialled; bounded, without duplicates, with back-off. */
export class Candidates {
  readonly #hashes: readonly WireInfoHash[];
  readonly #byAddress = new Map<string, Candidate>();
  /** Peer ids in hex. */
  readonly #banned = new Set<string>();

  /** @param hashes the torrent's info-hashes in the order to try them, one at least */
  constructor(hashes: readonly WireInfoHash[]) {
    this.#hashes = hashes;
  }

  /** Adds an address unless it is known or too many are. */
  add(address: PeerAddress): void {
    const key = keyOf(address);
    if (this.#byAddress.has(key) || this.#byAddress.size >= MAX_CANDIDATES) return;
    const { host, port } = address;
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) return;
    this.#byAddress.set(key, {
      address: { host, port },
      failures: 0,
      refusals: 0,
      nextAt: 0,
      isBusy: false,
      isExcluded: false,
    });
  }

  /** An address to dial now. It stays out until {@link settle}. */
  take(now: number): PlannedDial | undefined {
    for (const [key, candidate] of this.#byAddress) {
      if (candidate.isBusy || candidate.isExcluded || candidate.nextAt > now) continue;
      const infoHash = this.#hashes[candidate.refusals % this.#hashes.length];
      if (infoHash === undefined) return undefined;
      candidate.isBusy = true;
      // To the end of the order: the others come first next time.
      this.#byAddress.delete(key);
      this.#byAddress.set(key, candidate);
      return { address: candidate.address, infoHash };
    }
    return undefined;
  }

  /** The connection to a taken address has ended, or never came about. */
  settle(address: PeerAddress, outcome: DialOutcome, now: number): void {
    const candidate = this.#byAddress.get(keyOf(address));
    if (candidate === undefined || candidate.isExcluded) return;
    candidate.isBusy = false;
    if (outcome === 'refused' && ++candidate.refusals < this.#hashes.length) {
      candidate.nextAt = now + NEXT_HASH_DELAY;
      return;
    }
    candidate.failures = outcome === 'failed' || outcome === 'refused' ? candidate.failures + 1 : 0;
    candidate.nextAt =
      now +
      (outcome === 'duplicate' ? REDIAL_MAX : Math.min(REDIAL_MAX, REDIAL_MIN * 2 ** candidate.failures));
  }

  /** Never hands out an address again: it is ourselves, or banned. */
  exclude(address: PeerAddress): void {
    this.add(address);
    const candidate = this.#byAddress.get(keyOf(address));
    if (candidate !== undefined) candidate.isExcluded = true;
  }

  /** Never connects to this peer again, as far as it can be recognised. The oldest ban is lifted when there are too many. */
  ban(peerId: Uint8Array, address: PeerAddress | undefined): void {
    this.#banned.add(Buffer.from(peerId).toString('hex'));
    if (address !== undefined) this.exclude(address);
    const [oldest] = this.#banned;
    if (this.#banned.size > MAX_BANNED && oldest !== undefined) this.#banned.delete(oldest);
  }

  isBanned(peerId: Uint8Array): boolean {
    return this.#banned.has(Buffer.from(peerId).toString('hex'));
  }
}

function keyOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
