import {
  decodeLsdAnnounce,
  encodeLsdAnnounce,
  infoHashHex,
  type LsdAnnounce,
  LsdError,
  MAX_LSD_HASHES,
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
  /** When an info-hash was announced, by its hex, in the order of it. */
  readonly #announcedAt = new Map<string, number>();
  #lastAt = -Infinity;
  /** Datagrams that may be read now, as of `#updatedAt`. */
  #left = LSD_BURST;
  #updatedAt: number;

  constructor(components: LocalDiscoveryComponents, init: LocalDiscoveryInit) {
    this.#components = components;
    this.#init = init;
    this.#updatedAt = components.clock.now();
  }

  /** Announces what is due, in one datagram; the rest of it a minute later. */
  tick(): void {
    const now = this.#components.clock.now();
    if (now - this.#lastAt < LSD_MIN_INTERVAL) return;
    for (const [key, at] of this.#announcedAt) if (now - at >= LSD_INTERVAL) this.#announcedAt.delete(key);
    const infoHashes = [...this.#components.swarms()]
      .filter(({ mayFindPeers }) => mayFindPeers)
      .flatMap(({ wireHashes }) => wireHashes)
      .filter((infoHash) => !this.#announcedAt.has(infoHashHex(infoHash)))
      .slice(0, MAX_LSD_HASHES);
    if (infoHashes.length === 0) return;
    this.#lastAt = now;
    for (const infoHash of infoHashes) this.#announcedAt.set(infoHashHex(infoHash), now);
    this.#components.link.send((group) => encodeLsdAnnounce({ infoHashes, ...this.#init }, group));
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
