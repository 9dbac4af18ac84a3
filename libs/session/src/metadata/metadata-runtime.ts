import { hash } from 'node:crypto';
import { infoHashHex, joinMetainfo, type PieceLayers, requiredLayers } from '@shoal/protocol';
import type { PeerAddress, PeerOrigin } from '../api/peer.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import { closedError, noHashError, noMetadataError } from '../errors.ts';
import { PeerExchange } from '../peer/extensions/peer-exchange.ts';
import { CompletionWaiters } from '../torrent/completion-waiters.ts';
import type { DialOutcome, PlannedDial } from '../torrent/candidates.ts';
import type { NewPeer } from '../torrent/connected-peers.ts';
import type { JoinedSwarm, SwarmHost } from '../torrent/joined-swarm.ts';
import type { TorrentEnvironment } from '../torrent/torrent-environment.ts';
import { TorrentPeers } from '../torrent/torrent-peers.ts';
import { type WireHashes, wireHashesOf } from '../torrent/wire-hashes.ts';
import { LAYERS_PATIENCE, USELESS_AFTER } from './constants.ts';
import { InfoCollector } from './info-collector.ts';
import { LayerCollector } from './layer-collector.ts';
import { MetadataConnection, type MetadataConnectionEvents } from './metadata-connection.ts';
import type {
  FetchedMetadata,
  FetchMetadata,
  MetadataFetch,
  MetadataProgress,
  WhenFetchedOptions,
} from './metadata-fetch.ts';

/** What a fetch of metadata asks of its session. */
export interface MetadataHost extends SwarmHost {
  readonly environment: TorrentEnvironment;
  readonly logger: SessionLogger;
  /** Most peers of one torrent. */
  readonly maxPeersPerTorrent: number;
}

/**
 * A swarm that is joined to find out what its torrent is: first the `info` dictionary, which the info-hashes prove, then
 * the piece layers, which the roots in it prove; those of a hybrid may stay unknown. After that the connections are closed, and the torrent dials anew: a
 * second more, for which a torrent's connections need know nothing of this.
 */
export class MetadataRuntime implements MetadataFetch, JoinedSwarm {
  readonly hashes: TorrentHashes;
  readonly wireHashes: WireHashes;
  readonly name: string;
  readonly #host: MetadataHost;
  readonly #trackers: readonly string[];
  readonly #peers: TorrentPeers;
  readonly #connections = new Set<MetadataConnection>();
  readonly #info: InfoCollector;
  readonly #exchange: PeerExchange;
  readonly #waiters = new CompletionWaiters();
  /** Once the dictionary is there. */
  #infoBytes: Uint8Array | undefined;
  #layers: LayerCollector | undefined;
  /** Layers that nobody tells can be done without. */
  #isHybrid = false;
  #isPrivate = false;
  #fetched: FetchedMetadata | undefined;
  /** Why there is nothing more to come. */
  #failure: Error | undefined;
  #progressAt: number;
  #closing: Promise<void> | undefined;

  /** What connections report goes to whoever collects at that moment. */
  readonly #events: MetadataConnectionEvents = {
    onSize: (from, size) => {
      if (this.#layers === undefined) this.#info.onSize(from, size);
    },
    onData: (from, piece, totalSize, data) => {
      if (this.#layers === undefined) this.#info.onData(from, piece, totalSize, data);
    },
    onReject: (from, piece) => {
      if (this.#layers === undefined) this.#info.onReject(from, piece);
    },
    onHashes: (from, range, hashes) => this.#layers?.onHashes(from, range, hashes),
    onHashReject: (from, range) => this.#layers?.onReject(from, range),
    onUseful: () => {
      this.#progressAt = this.#host.environment.clock.now();
    },
    onLie: ({ init: { peerId }, listenAddress: address }) => {
      this.#peers.ban({ peerId, address });
      this.#host.logger.warn({ torrent: this.name, peer: address }, 'banned a peer that sent false metadata');
    },
    onClosed: (connection, reason) => this.#onClosed(connection, reason),
  };

  /** @throws TorrentError SHOAL_TORRENT_NO_HASH */
  constructor(host: MetadataHost, { hashes, trackers }: FetchMetadata) {
    if ((hashes.v1 ?? hashes.v2) === undefined) throw noHashError();
    this.hashes = hashes;
    this.wireHashes = wireHashesOf(hashes);
    this.name = infoHashHex(this.wireHashes[0]);
    this.#host = host;
    this.#trackers = trackers;
    const { clock } = host.environment;
    this.#peers = new TorrentPeers(host.environment, {
      hashes: this.wireHashes,
      maxPeers: host.maxPeersPerTorrent,
    });
    this.#progressAt = clock.now();
    this.#info = new InfoCollector({
      clock,
      isRight: (infoBytes) => isInfoOf(hashes, infoBytes),
      onInfo: (infoBytes) => this.#attempt(() => this.#onInfo(infoBytes)),
    });
    this.#exchange = new PeerExchange({
      clock,
      // Nobody is told of others before it is known whether the torrent is private (BEP 27).
      peers: () => [],
      wantsSeeds: () => true,
      onFound: (addresses) => {
        if (this.mayFindPeers) this.addPeers(addresses, 'pex');
      },
    });
    host.wake(this);
  }

  /** Until the metadata says otherwise: a magnet link does not tell whether its torrent is private. */
  get mayFindPeers(): boolean {
    return !this.#isPrivate;
  }

  get connectionCount(): number {
    return this.#connections.size;
  }

  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void {
    if (this.#closing !== undefined) return;
    this.#peers.add(peers, origin);
    this.#host.wake(this);
  }

  progress(): MetadataProgress {
    const peers = this.connectionCount;
    if (this.#fetched !== undefined) {
      const { length } = this.#fetched.bytes;
      return { phase: 'done', bytesDone: length, bytesTotal: length, peers };
    }
    if (this.#layers !== undefined) return { phase: 'piece-layers', ...this.#layers.figures(), peers };
    return { phase: 'info', ...this.#info.figures(), peers };
  }

  async whenFetched(options: WhenFetchedOptions = {}): Promise<FetchedMetadata> {
    if (this.#closing === undefined) await this.#waiters.wait(options, this.#host.environment.clock.now());
    if (this.#fetched !== undefined) return this.#fetched;
    throw this.#failure ?? closedError(this.name);
  }

  remove(): Promise<void> {
    return this.#close(closedError(this.name));
  }

  nextDial(now: number, mayDial: (address: PeerAddress) => boolean): PlannedDial | undefined {
    return this.#peers.nextDial(now, this.connectionCount, mayDial);
  }

  onDialFailed(address: PeerAddress, outcome: DialOutcome): void {
    this.#peers.dialFailed(address, outcome);
  }

  exclude(address: PeerAddress): void {
    this.#peers.exclude(address);
  }

  adopt(peer: NewPeer): Promise<void> {
    return new Promise((resolve) => {
      this.#adopt(peer);
      resolve();
    });
  }

  tick(now: number): boolean {
    if (this.#closing !== undefined) return false;
    for (const connection of this.#connections) {
      connection.tick(now);
      const isUseless = !this.#info.has(connection) && this.#layers?.has(connection) !== true;
      if (isUseless && now - connection.init.now > USELESS_AFTER) void connection.end('has no metadata');
    }
    (this.#layers ?? this.#info).tick();
    this.#goOnByV1(now);
    this.#waiters.checkProgress(this.#progressAt, now, (idleMs) =>
      noMetadataError(this.name, idleMs, this.progress()),
    );
    return true;
  }

  /** Peers that know v1 alone tell no piece layers: after a while a hybrid is fetched without those that are missing. */
  #goOnByV1(now: number): void {
    const layers = this.#layers;
    if (layers === undefined || !this.#isHybrid || now - this.#progressAt < LAYERS_PATIENCE) return;
    const { name: torrent } = this;
    this.#host.logger.info({ torrent }, 'no peer tells the piece layers: the torrent is fetched as v1');
    this.#attempt(() => this.#onLayers(layers.whole()));
  }

  #adopt({ stream, handshake, rest, incoming, address }: NewPeer): void {
    if (this.#closing !== undefined) throw closedError(this.name);
    const { peerId, extensions, fast } = handshake;
    if (!extensions) throw new Error('the peer speaks no extensions');
    const links = { all: () => this.#connections.values(), find: (id: Uint8Array) => this.#find(id) };
    this.#peers.admit({ stream, handshake, rest, incoming, address }, links);
    const { clock, identity } = this.#host.environment;
    const init = { peerId, incoming, address, fast, now: clock.now() };
    const connection = new MetadataConnection(stream, init, [this.#exchange], this.#events);
    this.#connections.add(connection);
    this.#host.environment.connections.count += 1;
    connection.open(identity, rest);
    this.#layers?.add(connection);
  }

  #find(peerId: Uint8Array): MetadataConnection | undefined {
    for (const connection of this.#connections) {
      if (Buffer.compare(connection.init.peerId, peerId) === 0) return connection;
    }
    return undefined;
  }

  #onInfo(infoBytes: Uint8Array): void {
    const required = requiredLayers(infoBytes);
    this.#infoBytes = infoBytes;
    this.#isHybrid = required.format === 'hybrid';
    if (required.private) this.#becomePrivate();
    if (required.layers.length === 0) {
      this.#onLayers(new Map());
      return;
    }
    const onLayers = (layers: PieceLayers): void => this.#attempt(() => this.#onLayers(layers));
    this.#layers = new LayerCollector({ clock: this.#host.environment.clock, onLayers }, required);
    // Whatever their handshake says: libtorrent (2.0.8) answers, and does not set the bit of v2 (seen).
    for (const connection of this.#connections) this.#layers.add(connection);
  }

  /** Peers of a private torrent come from its trackers alone (BEP 27): takes leave of those that were found otherwise. */
  #becomePrivate(): void {
    this.#isPrivate = true;
    const found = [...this.#connections].filter(({ init }) => this.#peers.isFound(init.address));
    this.#peers.forgetFound();
    for (const connection of found) void connection.end('the torrent is private');
  }

  #onLayers(pieceLayers: PieceLayers): void {
    const infoBytes = this.#infoBytes ?? new Uint8Array();
    const joined = joinMetainfo({ infoBytes, pieceLayers, trackers: this.#trackers });
    const { named, found } = this.#peers.known(this.#connections);
    this.#fetched = { ...joined, peers: named, foundPeers: this.#isPrivate ? [] : found };
    void this.#close();
  }

  /** What cannot be read now cannot be read later: it is what the info-hash stands for. */
  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      void this.#close(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #onClosed(connection: MetadataConnection, reason: string): void {
    if (!this.#connections.delete(connection)) return;
    this.#host.environment.connections.count -= 1;
    this.#info.remove(connection);
    this.#layers?.remove(connection);
    this.#peers.onClosed(connection, { isComplete: false });
    const peer = connection.init.address;
    this.#host.logger.debug({ torrent: this.name, peer, reason }, 'peer of an unknown torrent disconnected');
  }

  /** Leaves the session, then tells those who wait how it went. The peers are free for the torrent by then. */
  #close(failure?: Error): Promise<void> {
    this.#closing ??= this.#leave(failure);
    return this.#closing;
  }

  async #leave(failure: Error | undefined): Promise<void> {
    this.#failure = failure;
    this.#host.forget(this);
    // Not from within a connection's own call.
    await Promise.resolve();
    await Promise.all([...this.#connections].map((connection) => connection.end('metadata is not needed')));
    if (failure === undefined) this.#waiters.resolve();
    else this.#waiters.reject(failure);
  }
}

/** Whether these bytes have every info-hash that is known. */
function isInfoOf({ v1, v2 }: TorrentHashes, infoBytes: Uint8Array): boolean {
  return isDigest('sha1', v1, infoBytes) && isDigest('sha256', v2, infoBytes);
}

/** Whether `bytes` have the digest that is expected, if any is. */
function isDigest(
  algorithm: 'sha1' | 'sha256',
  expected: Uint8Array | undefined,
  bytes: Uint8Array,
): boolean {
  return expected === undefined || Buffer.compare(hash(algorithm, bytes, 'buffer'), expected) === 0;
}
