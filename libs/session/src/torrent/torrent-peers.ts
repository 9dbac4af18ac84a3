import type { WireInfoHash } from '@shoal/protocol';
import type { BannedPeer, PeerAddress, PeerOrigin } from '../api/peer.ts';
import { DIAL_SHARE } from '../constants.ts';
import type { PeerLink, PeerLinks } from '../peer/peer-link.ts';
import { Candidates, type DialOutcome, dialWays, type PlannedDial } from './candidates.ts';
import type { NewPeer } from './connected-peers.ts';
import { GoodPeers, type KnownPeer } from './good-peers.ts';
import { PeerAdmission } from './peer-admission.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';

/** A peer is connected already; its second connection is closed. */
export class DuplicatePeerError extends Error {
  override readonly name = 'DuplicatePeerError';
}

export interface TorrentPeersInit {
  /** The torrent's info-hashes in the order to dial with, one at least. */
  readonly hashes: readonly WireInfoHash[];
  /** Most peers of the torrent. */
  readonly maxPeers: number;
}

/** Addresses of a swarm's peers, by how they became known. */
export interface KnownPeers {
  /** By a tracker or the user. */
  readonly named: readonly PeerAddress[];
  /** In any other way: told by peers, announced in the local network, or they dialled us. */
  readonly found: readonly PeerAddress[];
}

/** What it needs of its session. */
type TorrentPeersEnvironment = Pick<TorrentEnvironment, 'random' | 'clock' | 'allowsEncryption' | 'peerId'>;

/** Whom one torrent dials, and whom of those that shook hands it keeps. */
export class TorrentPeers {
  readonly #environment: TorrentPeersEnvironment;
  readonly #candidates: Candidates;
  readonly #admission: PeerAdmission;
  readonly #good = new GoodPeers();
  readonly #maxPeers: number;
  /** Dials that have neither become a peer nor failed yet. */
  #dialling = 0;
  #isSeeding = false;

  constructor(environment: TorrentPeersEnvironment, { hashes, maxPeers }: TorrentPeersInit) {
    this.#environment = environment;
    this.#candidates = new Candidates(environment.random, dialWays(hashes, environment.allowsEncryption));
    this.#admission = new PeerAdmission(maxPeers);
    this.#maxPeers = maxPeers;
  }

  /** Whether an address may be dialled now or later, or is connected. */
  get hasPending(): boolean {
    return this.#candidates.hasPending;
  }

  /** The torrent is complete. */
  startSeeding(): void {
    this.#isSeeding = true;
    this.#candidates.startSeeding();
  }

  /** Adds addresses to dial. */
  add(addresses: readonly PeerAddress[], origin?: PeerOrigin): void {
    for (const address of addresses) this.#candidates.add(address, origin);
  }

  /** Adds the good peers of before a restart, the best first: they are dialled before all others. */
  resume(addresses: readonly PeerAddress[]): void {
    for (const address of [...addresses].reverse()) this.#good.remember(address);
    this.#candidates.addFirst(addresses);
  }

  /** Whether an address is to be dialled that neither a tracker nor the user has named. */
  isFound(address: PeerAddress): boolean {
    const origin = this.#candidates.originOf(address);
    return origin !== undefined && origin !== 'tracker';
  }

  /** Never dials those again, unless a tracker names them. */
  forgetFound(): void {
    this.#candidates.forgetFound();
  }

  /** Peers to dial first after a restart, the best first: of those that no tracker named the useful ones alone. */
  good(connected: Iterable<KnownPeer>): PeerAddress[] {
    const worthy = [...connected].filter(
      ({ wasUseful, listenAddress }) => wasUseful || !listenAddress || !this.isFound(listenAddress),
    );
    return this.#good.list(worthy);
  }

  /** Every address that is known, the best first: those that a tracker or the user named, and the others. */
  known(connected: Iterable<KnownPeer>): KnownPeers {
    const addresses = [...this.#good.list(connected), ...this.#candidates.addresses()];
    const all = [
      ...new Map(addresses.map((address) => [`${address.host} ${address.port}`, address])).values(),
    ];
    const isNamed = (address: PeerAddress) => this.#candidates.originOf(address) === 'tracker';
    return { named: all.filter(isNamed), found: all.filter((address) => !isNamed(address)) };
  }

  /**
   * Whom to dial now, among those `mayDial` lets through. Answer with {@link dialFailed} or {@link admit}.
   * @param connected peers there are
   */
  nextDial(
    now: number,
    connected: number,
    mayDial: (address: PeerAddress) => boolean,
  ): PlannedDial | undefined {
    if (connected + this.#dialling >= DIAL_SHARE * this.#maxPeers) return undefined;
    const planned = this.#candidates.take(now, mayDial);
    if (planned !== undefined) this.#dialling += 1;
    return planned;
  }

  /** A dial has come to nothing. */
  dialFailed(address: PeerAddress, outcome: DialOutcome): void {
    this.#dialling -= 1;
    this.#candidates.settle(address, outcome, this.#now());
  }

  /** Never dials this address again. */
  exclude(address: PeerAddress): void {
    this.#candidates.exclude(address);
  }

  /**
   * Lets a peer in that has shaken hands, and ends the connection that must go for it, if any.
   * @throws DuplicatePeerError when it is connected already; Error when it is banned, or one too many
   */
  admit(peer: NewPeer, connected: PeerLinks): void {
    if (this.#candidates.isBanned(peer.handshake.peerId)) throw new Error('the peer is banned');
    const other = connected.find(peer.handshake.peerId);
    if (other === undefined) this.#makeRoom(peer, connected);
    else if (this.#isPreferred(peer, other)) void other.end('replaced by the connection the other way round');
    else throw new DuplicatePeerError('the peer is connected already');
    if (!peer.incoming) this.#dialling -= 1;
  }

  /** Has nothing more to do with a peer, connected or not. */
  ban({ peerId, address }: BannedPeer): void {
    this.#candidates.ban(peerId, address);
    if (address !== undefined) this.#good.forget(address);
  }

  /** A connection has ended. */
  onClosed(
    { init, listenAddress, wasUseful }: PeerLink,
    { isComplete }: { readonly isComplete: boolean },
  ): void {
    if (this.#candidates.isBanned(init.peerId)) return;
    if (listenAddress !== undefined && wasUseful) this.#good.remember(listenAddress);
    if (init.incoming) return;
    if (isComplete && this.#isSeeding) this.#candidates.exclude(init.address);
    else this.#candidates.settle(init.address, wasUseful ? 'closed' : 'failed', this.#now());
  }

  #makeRoom({ stream }: NewPeer, connected: PeerLinks): void {
    const admission = this.#admission.admit(stream, connected.all(), this.#now());
    if (!admission.isAdmitted) throw new Error(admission.reason);
    void admission.replaces?.end('gave way to a peer of higher priority');
  }

  /** Two peers that dial each other keep the connection that the one with the larger id has dialled. */
  #isPreferred(peer: NewPeer, other: PeerLink): boolean {
    if (peer.incoming === other.init.incoming) return false;
    const isOursLarger = Buffer.compare(this.#environment.peerId, peer.handshake.peerId) > 0;
    return isOursLarger !== peer.incoming;
  }

  #now(): number {
    return this.#environment.clock.now();
  }
}
