import {
  decodeLsdAnnounce,
  encodeLsdAnnounce,
  type LsdAnnounce,
  LsdError,
  type WireInfoHash,
} from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import type { JoinedSwarm } from '../torrent/joined-swarm.ts';
import { LSD_BURST, LSD_INTERVAL, LSD_MIN_INTERVAL, LSD_PER_SECOND } from './constants.ts';
import type { MulticastLink } from './multicast-link.ts';

/** What local service discovery needs of its session. */
export interface LocalDiscoveryComponents {
  readonly clock: Clock;
  readonly link: Pick<MulticastLink, 'send'>;
  /** Those that the session is in. */
  readonly swarms: () => Iterable<JoinedSwarm>;
  readonly find: (infoHash: WireInfoHash) => JoinedSwarm | undefined;
}

export interface LocalDiscoveryInit {
  /** TCP port at which we take peers. */
  readonly port: number;
  /** By which we know our own announces: random, at most 64 characters. */
  readonly cookie: string;
}

/**
 * Finds peers in the local network, and is found by them (BEP 14): announces the swarms that may find peers so, and no
 * private ones (BEP 27).
 */
export class LocalDiscovery {
  readonly #components: LocalDiscoveryComponents;
  readonly #init: LocalDiscoveryInit;
  /** When an info-hash was announced; a swarm that is left takes its own along. */
  readonly #announcedAt = new WeakMap<WireInfoHash, number>();
  #lastAt = -Infinity;
  /** Datagrams that may be read now, as of `#updatedAt`. */
  #left = LSD_BURST;
  #updatedAt: number;

  constructor(components: LocalDiscoveryComponents, init: LocalDiscoveryInit) {
    this.#components = components;
    this.#init = init;
    this.#updatedAt = components.clock.now();
  }

  /** Announces one info-hash that is due; the next one some seconds later. */
  tick(): void {
    const now = this.#components.clock.now();
    if (now - this.#lastAt < LSD_MIN_INTERVAL) return;
    const infoHash = this.#longestSilent(now - LSD_INTERVAL);
    if (infoHash === undefined) return;
    this.#lastAt = now;
    this.#announcedAt.set(infoHash, now);
    this.#components.link.send((group) =>
      encodeLsdAnnounce({ infoHashes: [infoHash], ...this.#init }, group),
    );
  }

  /** The info-hash that was announced longest ago, of those last announced at `latest` or before. */
  #longestSilent(latest: number): WireInfoHash | undefined {
    let found: WireInfoHash | undefined;
    let foundAt = Infinity;
    for (const { mayFindPeers, wireHashes } of this.#components.swarms()) {
      if (!mayFindPeers) continue;
      for (const infoHash of wireHashes) {
        const at = this.#announcedAt.get(infoHash) ?? -Infinity;
        if (at > latest || at >= foundAt) continue;
        found = infoHash;
        foundAt = at;
      }
    }
    return found;
  }

  /** A datagram came from `host`: so many are read, whatever is in them. */
  onDatagram(bytes: Uint8Array, host: string): void {
    const announce = this.#mayRead() ? decode(bytes) : undefined;
    if (announce === undefined || announce.cookie === this.#init.cookie) return;
    const { infoHashes, port } = announce;
    const swarms = new Set(infoHashes.map((infoHash) => this.#components.find(infoHash)));
    for (const swarm of swarms) if (swarm?.mayFindPeers === true) swarm.addPeers([{ host, port }], 'lsd');
  }

  #mayRead(): boolean {
    const now = this.#components.clock.now();
    const earned = ((now - this.#updatedAt) * LSD_PER_SECOND) / 1_000;
    this.#left = Math.min(LSD_BURST, this.#left + earned);
    this.#updatedAt = now;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/** Undefined for what is no announce: anybody may send to the group. */
function decode(bytes: Uint8Array): LsdAnnounce | undefined {
  try {
    return decodeLsdAnnounce(bytes);
  } catch (error) {
    if (error instanceof LsdError) return undefined;
    throw error;
  }
}
