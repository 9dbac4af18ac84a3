import { infoHashHex, WIRE_INFO_HASH_LENGTH, type WireInfoHash, wireInfoHash } from '@shoal/protocol';
import type { Accounts } from './accounts/accounts.ts';
import { SeedWatches } from './accounts/seed-watches.ts';
import type { PeerAddress } from './api/peer.ts';
import type { SessionComponents } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import type { TorrentHashes } from './api/torrent-hashes.ts';
import { Connector } from './connector.ts';
import { DEFAULT_MAX_CONNECTIONS, DEFAULT_MAX_PEERS_PER_TORRENT } from './constants.ts';
import { createEnvironment } from './create-environment.ts';
import { type EncryptedHandshakes, HandshakeCounts } from './encryption/handshake-counts.ts';
import { PeerEncryption } from './encryption/peer-encryption.ts';
import { TorrentError } from './errors.ts';
import type { AddLoopTorrent, LoopSession, LoopSessionInit } from './loops/loop-session.ts';
import { startLocalDiscovery } from './lsd/start-local-discovery.ts';
import type { FetchMetadata, MetadataFetch } from './metadata/metadata-fetch.ts';
import { type MetadataHost, MetadataRuntime } from './metadata/metadata-runtime.ts';
import type { PeerListener, PeerStream } from './ports/peer-transport.ts';
import type { SessionLimits } from './rate/rate-limits.ts';
import type { SessionLimiter } from './rate/session-limiter.ts';
import { SwarmIndex } from './swarm-index.ts';
import { SwarmTicker } from './swarm-ticker.ts';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';
import type { TorrentEnvironment } from './torrent/torrent-environment.ts';
import { TorrentRuntime } from './torrent/torrent-runtime.ts';
import { wireHashesOf } from './torrent/wire-hashes.ts';

/** Collaborators of a {@link SwarmSession}. */
export interface SwarmSessionComponents extends Required<SessionComponents> {
  readonly limiter: SessionLimiter;
  readonly listener: PeerListener;
}

/** A session on one event loop: the swarms it is in, and the connections that come in for them. */
export class SwarmSession implements LoopSession {
  readonly address: PeerAddress;
  readonly peerId: Uint8Array;
  readonly #listener: PeerListener;
  readonly #environment: TorrentEnvironment;
  readonly #connector: Connector;
  readonly #ticker: SwarmTicker;
  readonly #limiter: SessionLimiter;
  readonly #maxPeersPerTorrent: number;
  readonly #seedWatches: SeedWatches;
  readonly #handshakes: HandshakeCounts;
  readonly #swarms = new Set<JoinedSwarm>();
  readonly #index = new SwarmIndex();
  #stopDiscovery: (() => Promise<void>) | undefined;
  #closing: Promise<void> | undefined;

  constructor(components: SwarmSessionComponents, init: LoopSessionInit & { readonly peerId: Uint8Array }) {
    const { listener, limiter, transport, clock, random, logger, schedule } = components;
    const { peerId, maxPeersPerTorrent = DEFAULT_MAX_PEERS_PER_TORRENT } = init;
    const { maxConnections = DEFAULT_MAX_CONNECTIONS } = init;
    this.address = listener.address;
    this.peerId = peerId;
    this.#listener = listener;
    this.#limiter = limiter;
    this.#maxPeersPerTorrent = maxPeersPerTorrent;
    this.#seedWatches = new SeedWatches({ clock, schedule, logger });
    this.#handshakes = new HandshakeCounts(init.handshakeMemory);
    this.#environment = createEnvironment(components, init, this);
    const { allowsEncryption, buffers, connections } = this.#environment;
    const encryption = {
      clock,
      random,
      findTorrent: (mark: Uint8Array) => this.#index.findByMark(mark),
      counts: this.#handshakes,
    };
    this.#connector = new Connector(
      {
        transport,
        clock,
        logger,
        find: (infoHash) => this.#index.get(infoHash),
        encryption: allowsEncryption ? new PeerEncryption(encryption) : undefined,
      },
      { peerId },
    );
    this.#ticker = new SwarmTicker(
      { clock, connector: this.#connector, buffers, connections },
      { maxConnections },
    );
  }

  add(options: AddLoopTorrent): Torrent {
    this.#requireFree(options.hashes);
    const torrent = this.#join(new TorrentRuntime({ ...this.#host(), limiter: this.#limiter }, options));
    // One of several loops sees its own part alone: all of them together are watched elsewhere.
    if (options.others === undefined) this.#seedWatches.watch(torrent, options);
    return torrent;
  }

  fetchMetadata(options: FetchMetadata): MetadataFetch {
    this.#requireFree(options.hashes);
    return this.#join(new MetadataRuntime(this.#host(), options));
  }

  accounts(): Accounts {
    return this.#environment.ledger.accounts();
  }

  encryptedHandshakes(): EncryptedHandshakes {
    return this.#handshakes.read();
  }

  torrents(): Iterable<Torrent> {
    return [...this.#swarms].filter((swarm) => swarm instanceof TorrentRuntime);
  }

  get(infoHash: Uint8Array): Torrent | undefined {
    if (infoHash.length < WIRE_INFO_HASH_LENGTH) return undefined;
    const swarm = this.#index.get(wireInfoHash(infoHash.subarray(0, WIRE_INFO_HASH_LENGTH)));
    return swarm instanceof TorrentRuntime ? swarm : undefined;
  }

  setLimits(limits: SessionLimits): void {
    this.#limiter.set(limits);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Looks for peers in the local network from now on. @throws LocalDiscoveryError */
  async discoverLocally(): Promise<void> {
    const { clock, logger } = this.#environment;
    const components = {
      clock,
      logger,
      swarms: () => this.#swarms,
      find: (infoHash: WireInfoHash) => this.#index.get(infoHash),
    };
    this.#stopDiscovery = await startLocalDiscovery(components, this.address);
  }

  onStream(stream: PeerStream): void {
    if (
      this.#closing !== undefined ||
      this.#ticker.isFull ||
      !this.#connector.mayAccept(stream.remote.host)
    ) {
      stream.destroy();
      return;
    }
    void this.#connector.accept(stream);
    this.#ticker.start();
  }

  async #close(): Promise<void> {
    const listener = this.#listener.close();
    this.#ticker.close();
    this.#connector.close();
    await this.#stopDiscovery?.();
    await Promise.all([...this.#swarms].map((swarm) => swarm.remove()));
    await listener;
    this.#limiter.close();
    this.#environment.origins.close();
    this.#ticker.stop();
  }

  /** @throws TorrentError SHOAL_TORRENT_EXISTS, SHOAL_TORRENT_NO_HASH */
  #requireFree(hashes: TorrentHashes): void {
    const hash = wireHashesOf(hashes).find((wireHash) => this.#index.get(wireHash) !== undefined);
    if (hash === undefined) return;
    const taken = infoHashHex(hash);
    const message = `torrent ${taken} is there already`;
    throw new TorrentError('SHOAL_TORRENT_EXISTS', taken, message, 'Use the one there.');
  }

  #join<Swarm extends JoinedSwarm>(swarm: Swarm): Swarm {
    this.#swarms.add(swarm);
    this.#index.add(swarm);
    if (this.#closing !== undefined) void swarm.remove();
    return swarm;
  }

  #host(): MetadataHost {
    return {
      environment: this.#environment,
      logger: this.#environment.logger,
      maxPeersPerTorrent: this.#maxPeersPerTorrent,
      wake: (swarm) => this.#ticker.wake(swarm),
      forget: (swarm) => this.#forget(swarm),
    };
  }

  #forget(swarm: JoinedSwarm): void {
    this.#swarms.delete(swarm);
    this.#ticker.forget(swarm);
    this.#index.delete(swarm);
  }
}
