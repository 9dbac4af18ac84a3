import type { WireInfoHash } from '@shoal/protocol';
import type { Random } from '@shoal/swarm';
import type { PeerAddress, PeerOrigin } from '../api/peer.ts';
import {
  MAX_BANNED,
  MAX_CANDIDATES,
  MAX_FOUND_CANDIDATES,
  MAX_FOUND_DIALS,
  NEXT_WAY_DELAY,
  REDIAL_MAX,
  REDIAL_MIN,
  USELESS_DIALS,
} from '../constants.ts';

/** How a dialled address turned out. */
export type DialOutcome =
  /** Never connected, or dropped soon after. */
  | 'failed'
  /** Gone instead of shaking hands: the peer may know the torrent by another info-hash, or demand encryption. */
  | 'refused'
  /** Was connected for a while. */
  | 'closed'
  /** Connected already, the other way round. */
  | 'duplicate';

/** How to shake hands with a peer. */
export interface DialWay {
  readonly infoHash: WireInfoHash;
  /** By MSE. */
  readonly isEncrypted: boolean;
}

/** An address to dial, and how. */
export interface PlannedDial extends DialWay {
  readonly address: PeerAddress;
}

/**
 * The ways to try with a peer, one after the other: in plain text with each info-hash, then encrypted where that is allowed.
 */
export function dialWays(hashes: readonly WireInfoHash[], allowsEncryption: boolean): DialWay[] {
  const plain = hashes.map((infoHash) => ({ infoHash, isEncrypted: false }));
  return allowsEncryption ? [...plain, ...plain.map((way) => ({ ...way, isEncrypted: true }))] : plain;
}

/** Whom to trust first: the order in which addresses are dialled. */
const ORIGINS: readonly PeerOrigin[] = ['tracker', 'lsd', 'pex'];

interface Candidate {
  readonly address: PeerAddress;
  origin: PeerOrigin;
  failures: number;
  /** Handshakes of ours that it refused; each moves on to the next way. The one that it takes stays. */
  refusals: number;
  /** Not dialled before, in milliseconds. */
  nextAt: number;
  /** Taken, and not settled. */
  isBusy: boolean;
}

/** The addresses of one torrent's peers that can be dialled; bounded, without duplicates, with back-off. */
export class Candidates {
  readonly #random: Random;
  readonly #ways: readonly DialWay[];
  /** In the order to dial them. */
  #byAddress = new Map<string, Candidate>();
  readonly #excluded = new Set<string>();
  /** Peer ids in hex. */
  readonly #banned = new Set<string>();
  #isSeeding = false;

  /** @param ways in the order to try them, one at least */
  constructor(random: Random, ways: readonly DialWay[]) {
    this.#random = random;
    this.#ways = ways;
  }

  /** Whether an address may be dialled now or later, or is connected. */
  get hasPending(): boolean {
    return this.#byAddress.size > 0;
  }

  /** The torrent is complete: forgets whoever is not connected, and from now on whoever is gone. */
  startSeeding(): void {
    this.#isSeeding = true;
    for (const [key, { isBusy }] of this.#byAddress) if (!isBusy) this.#byAddress.delete(key);
  }

  /**
   * Adds an address unless it is known or too many are. Those that no tracker named have a share of their own, so that they
   * take no place of others; once a tracker names one, it counts as the tracker's.
   */
  add(address: PeerAddress, origin: PeerOrigin = 'tracker'): void {
    const key = keyOf(address);
    const known = this.#byAddress.get(key);
    if (known !== undefined && ORIGINS.indexOf(origin) < ORIGINS.indexOf(known.origin)) known.origin = origin;
    if (known !== undefined || this.#excluded.has(key) || !this.#hasRoom(origin)) return;
    const { host, port } = address;
    if (host === '' || !Number.isInteger(port) || port < 1 || port > 65_535) return;
    this.#byAddress.set(key, {
      address: { host, port },
      origin,
      failures: 0,
      refusals: 0,
      nextAt: 0,
      isBusy: false,
    });
  }

  /** Forgets the addresses that no tracker named. */
  forgetFound(): void {
    for (const [key, candidate] of this.#byAddress) if (isFound(candidate)) this.#byAddress.delete(key);
  }

  /** Adds addresses like {@link add}, to be dialled before all others: they were good peers before a restart. */
  addFirst(addresses: readonly PeerAddress[]): void {
    const others = this.#byAddress;
    this.#byAddress = new Map();
    for (const address of addresses) this.add(address);
    for (const [key, candidate] of others) this.#byAddress.set(key, candidate);
  }

  /** The addresses there are, in the order to dial them. */
  addresses(): PeerAddress[] {
    return [...this.#byAddress.values()].map(({ address }) => address);
  }

  /** Who named an address; undefined when it is not known. */
  originOf(address: PeerAddress): PeerOrigin | undefined {
    return this.#byAddress.get(keyOf(address))?.origin;
  }

  /**
   * An address to dial now that `mayDial` lets through, the first of the best origin. It stays out until {@link settle}.
   */
  take(now: number, mayDial: (address: PeerAddress) => boolean): PlannedDial | undefined {
    const mayFind = this.#count((candidate) => isFound(candidate) && candidate.isBusy) < MAX_FOUND_DIALS;
    let best: Candidate | undefined;
    for (const origin of mayFind ? ORIGINS : ORIGINS.slice(0, 1)) {
      best ??= this.#firstReady(origin, now, mayDial);
    }
    const way = best && this.#ways[best.refusals % this.#ways.length];
    if (best === undefined || way === undefined) return undefined;
    const key = keyOf(best.address);
    best.isBusy = true;
    // To the end of the order: the others come first next time.
    this.#byAddress.delete(key);
    this.#byAddress.set(key, best);
    return { address: best.address, ...way };
  }

  /** The connection to a taken address has ended, or never came about. */
  settle(address: PeerAddress, outcome: DialOutcome, now: number): void {
    const candidate = this.#byAddress.get(keyOf(address));
    if (candidate === undefined) return;
    candidate.isBusy = false;
    if (outcome === 'refused' && ++candidate.refusals < this.#ways.length) {
      candidate.nextAt = now + NEXT_WAY_DELAY;
      return;
    }
    candidate.failures = outcome === 'failed' || outcome === 'refused' ? candidate.failures + 1 : 0;
    const isUseless = candidate.failures >= USELESS_DIALS && (this.#isSeeding || isFound(candidate));
    if (isUseless || (this.#isSeeding && candidate.failures === 0)) {
      this.#byAddress.delete(keyOf(address));
      return;
    }
    const pause = outcome === 'duplicate' ? REDIAL_MAX : REDIAL_MIN * 2 ** candidate.failures;
    candidate.nextAt = now + this.#jittered(Math.min(REDIAL_MAX, pause));
  }

  /** Never hands out an address again: it is ourselves, banned, or has everything as we do. */
  exclude(address: PeerAddress): void {
    this.#byAddress.delete(keyOf(address));
    addBounded(this.#excluded, keyOf(address));
  }

  /** Never connects to this peer again, as far as it can be recognised. The oldest ban is lifted when there are too many. */
  ban(peerId: Uint8Array, address: PeerAddress | undefined): void {
    addBounded(this.#banned, Buffer.from(peerId).toString('hex'));
    if (address !== undefined) this.exclude(address);
  }

  isBanned(peerId: Uint8Array): boolean {
    return this.#banned.has(Buffer.from(peerId).toString('hex'));
  }

  #firstReady(
    origin: PeerOrigin,
    now: number,
    mayDial: (address: PeerAddress) => boolean,
  ): Candidate | undefined {
    for (const candidate of this.#byAddress.values()) {
      const isReady = candidate.origin === origin && !candidate.isBusy && candidate.nextAt <= now;
      if (isReady && mayDial(candidate.address)) return candidate;
    }
    return undefined;
  }

  #hasRoom(origin: PeerOrigin): boolean {
    if (origin !== 'tracker') return this.#count(isFound) < MAX_FOUND_CANDIDATES;
    const { size } = this.#byAddress;
    return size < MAX_CANDIDATES || size - this.#count(isFound) < MAX_CANDIDATES;
  }

  #count(matches: (candidate: Candidate) => boolean): number {
    let count = 0;
    for (const candidate of this.#byAddress.values()) if (matches(candidate)) count += 1;
    return count;
  }

  /** Between half of a pause and all of it. */
  #jittered(pause: number): number {
    const half = Math.floor(pause / 2);
    return half + this.#random.below(half + 1);
  }
}

/** Whether no tracker has named an address. */
function isFound({ origin }: Candidate): boolean {
  return origin !== 'tracker';
}

/** Adds to a set that lets its oldest member go when there are too many. */
function addBounded(set: Set<string>, member: string): void {
  set.add(member);
  const [oldest] = set;
  if (set.size > MAX_BANNED && oldest !== undefined) set.delete(oldest);
}

function keyOf({ host, port }: PeerAddress): string {
  return `${host} ${port}`;
}
