import { randomBytes } from 'node:crypto';
import {
  infoHashHex,
  PEER_ID_LENGTH,
  WIRE_INFO_HASH_LENGTH,
  type WireInfoHash,
  wireInfoHash,
} from '@shoal/protocol';
import { type Clock, TICK_INTERVAL } from '@shoal/swarm';
import type { Accounts } from './accounts/accounts.ts';
import { createSavedLedgers } from './accounts/saved-ledgers.ts';
import { SeedWatches } from './accounts/seed-watches.ts';
import { TrafficLedger } from './accounts/traffic-ledger.ts';
import type {
  PeerAddress,
  Session,
  SessionComponents,
  SessionInit,
  SessionLogger,
  Torrent,
  TorrentHashes,
} from './api.ts';
import { BufferPool } from './buffer-pool.ts';
import { Connector } from './connector.ts';
import {
  DEFAULT_BUFFER_BUDGET,
  DEFAULT_MAX_CONNECTIONS,
  DEFAULT_MAX_PEERS_PER_TORRENT,
  DIALS_PER_TICK,
  MAX_HALF_OPEN,
  PEER_ID_PREFIX,
} from './constants.ts';
import { PeerEncryption } from './encryption/peer-encryption.ts';
import { TorrentError } from './errors.ts';
import { createSpreadSession } from './loops/spread-session.ts';
import type { AddLoopTorrent, LoopSession, LoopSessionInit } from './loops/loop-session.ts';
import { startLocalDiscovery } from './lsd/start-local-discovery.ts';
import type { FetchMetadata, MetadataFetch } from './metadata/metadata-fetch.ts';
import { type MetadataHost, MetadataRuntime } from './metadata/metadata-runtime.ts';
import type { SessionLimits } from './rate/rate-limits.ts';
import { SessionLimiter } from './rate/session-limiter.ts';
import type { PeerListener, PeerStream, PeerTransport } from './ports/peer-transport.ts';
import { SendBudget } from './send-budget.ts';
import { SwarmIndex } from './swarm-index.ts';
import { systemClock, systemRandom, systemSchedule } from './system.ts';
import { createTcpTransport } from './tcp/tcp-transport.ts';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';
import type { TorrentEnvironment } from './torrent/torrent-environment.ts';
import { TorrentRuntime } from './torrent/torrent-runtime.ts';
import { wireHashesOf } from './torrent/wire-hashes.ts';
import { OriginBudget } from './web-seed/origin-budget.ts';

const SILENT: SessionLogger = { debug: () => undefined, info: () => undefined, warn: () => undefined };

/**
 * Starts a BitTorrent client: listens, and waits for torrents.
 * @throws RateLimitError; LoopError; LocalDiscoveryError; the system's error when the address cannot be listened on
 */
export function createSession(components: SessionComponents, init: SessionInit): Promise<Session> {
  const { loops = 1 } = init;
  return loops === 1
    ? startSession(components, init)
    : createSpreadSession({ ...components, startSession }, { ...init, loops });
}

/** As {@link createSession}, on the event loop of the caller alone. */
export async function startSession(
  components: SessionComponents,
  init: LoopSessionInit,
): Promise<LoopSession> {
  const transport = components.transport ?? createTcpTransport({ localAddress: init.localAddress });
  const { clock = systemClock, schedule = systemSchedule } = components;
  const limiter = new SessionLimiter({ clock, schedule }, init.limits ?? {});
  // The session needs the port that the listener got, the listener someone to give its streams to.
  let onStream = (stream: PeerStream): void => stream.destroy();
  const listener = await transport.listen({ host: init.host, port: init.port }, (stream) => onStream(stream));
  const session = new SwarmSession({ ...components, transport, clock, limiter }, init, listener);
  onStream = (stream) => session.onStream(stream);
  if (init.localDiscovery !== true) return session;
  try {
    await session.discoverLocally();
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

class SwarmSession implements LoopSession {
  readonly address: PeerAddress;
  readonly peerId: Uint8Array;
  readonly #listener: PeerListener;
  readonly #clock: Clock;
  readonly #logger: SessionLogger;
  readonly #environment: TorrentEnvironment;
  readonly #connector: Connector;
  readonly #limiter: SessionLimiter;
  readonly #maxConnections: number;
  readonly #maxPeersPerTorrent: number;
  readonly #seedWatches: SeedWatches;
  readonly #swarms = new Set<JoinedSwarm>();
  readonly #index = new SwarmIndex();
  /** Swarms that need ticks. */
  readonly #awake = new Set<JoinedSwarm>();
  #timer: NodeJS.Timeout | undefined;
  #stopDiscovery: (() => Promise<void>) | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    components: SessionComponents & {
      readonly transport: PeerTransport;
      readonly clock: Clock;
      readonly limiter: SessionLimiter;
    },
    init: LoopSessionInit,
    listener: PeerListener,
  ) {
    this.address = listener.address;
    this.peerId = init.peerId ?? createPeerId();
    this.#listener = listener;
    this.#clock = components.clock;
    this.#limiter = components.limiter;
    this.#logger = components.logger ?? SILENT;
    this.#maxConnections = init.maxConnections ?? DEFAULT_MAX_CONNECTIONS;
    this.#maxPeersPerTorrent = init.maxPeersPerTorrent ?? DEFAULT_MAX_PEERS_PER_TORRENT;
    const { random = systemRandom } = components;
    const allowsEncryption = init.encryption !== 'off';
    const { schedule = systemSchedule } = components;
    this.#seedWatches = new SeedWatches({ clock: this.#clock, schedule, logger: this.#logger });
    this.#environment = {
      clock: this.#clock,
      random,
      buffers: new BufferPool(init.bufferBudgetBytes ?? DEFAULT_BUFFER_BUDGET),
      logger: this.#logger,
      sending: new SendBudget(),
      ledger: new TrafficLedger(),
      savedLedgers: createSavedLedgers({
        schedule,
        logger: this.#logger,
      }),
      connections: { count: 0 },
      origins: new OriginBudget(init.originAuthorities),
      allowsEncryption,
      peerId: this.peerId,
      identity: {
        peerClass: init.peerClass,
        location: init.location,
        client: `Shoal ${init.clientVersion}`,
        port: listener.address.port,
      },
    };
    this.#connector = new Connector(
      {
        transport: components.transport,
        clock: this.#clock,
        logger: this.#logger,
        find: (infoHash) => this.#index.get(infoHash),
        encryption: allowsEncryption
          ? new PeerEncryption({
              clock: this.#clock,
              random,
              findTorrent: (mark) => this.#index.findByMark(mark),
            })
          : undefined,
      },
      { peerId: this.peerId },
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
    const components = {
      clock: this.#clock,
      logger: this.#logger,
      swarms: () => this.#swarms,
      find: (infoHash: WireInfoHash) => this.#index.get(infoHash),
    };
    this.#stopDiscovery = await startLocalDiscovery(components, this.address);
  }

  onStream(stream: PeerStream): void {
    const isFull = this.#connectionCount() >= this.#maxConnections;
    if (this.#closing !== undefined || isFull || !this.#connector.mayAccept(stream.remote.host)) {
      stream.destroy();
      return;
    }
    void this.#connector.accept(stream);
    this.#startTicking();
  }

  async #close(): Promise<void> {
    const listener = this.#listener.close();
    this.#connector.close();
    await this.#stopDiscovery?.();
    await Promise.all([...this.#swarms].map((swarm) => swarm.remove()));
    await listener;
    this.#limiter.close();
    this.#environment.origins.close();
    clearInterval(this.#timer);
    this.#timer = undefined;
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
      logger: this.#logger,
      maxPeersPerTorrent: this.#maxPeersPerTorrent,
      wake: (swarm) => this.#wake(swarm),
      forget: (swarm) => this.#forget(swarm),
    };
  }

  #wake(swarm: JoinedSwarm): void {
    this.#awake.add(swarm);
    this.#startTicking();
    // At once, but after the caller is done: a tick would be a quarter of a second later.
    setImmediate(() => {
      // For this torrent alone: thousands may be woken at once, and each is looked at with every tick.
      if (this.#awake.has(swarm) && this.#closing === undefined) this.#dial([swarm], this.#clock.now());
    });
  }

  #forget(swarm: JoinedSwarm): void {
    this.#swarms.delete(swarm);
    this.#awake.delete(swarm);
    this.#index.delete(swarm);
  }

  #startTicking(): void {
    this.#timer ??= setInterval(() => this.#tick(), TICK_INTERVAL);
  }

  #tick(): void {
    const now = this.#clock.now();
    this.#connector.tick(now);
    for (const torrent of this.#awake) if (!torrent.tick(now)) this.#awake.delete(torrent);
    this.#dial(this.#awake, now);
    if (this.#awake.size > 0 || this.#connector.halfOpen > 0) return;
    // Idle: no timer, no memory for transfers.
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#environment.buffers.trim();
  }

  /** Dials for each of these torrents in turn, within the budget of a tick. */
  #dial(torrents: Iterable<JoinedSwarm>, now: number): void {
    let budget = Math.min(
      DIALS_PER_TICK,
      MAX_HALF_OPEN - this.#connector.halfOpen,
      this.#maxConnections - this.#connectionCount(),
    );
    for (let hasDialled = true; hasDialled;) {
      hasDialled = false;
      for (const torrent of torrents) {
        if (budget <= 0) return;
        const planned = torrent.nextDial(now, (address) => this.#connector.mayDial(address));
        if (planned === undefined) continue;
        budget -= 1;
        hasDialled = true;
        void this.#connector.dial(torrent, planned);
      }
    }
  }

  #connectionCount(): number {
    return this.#connector.halfOpen + this.#environment.connections.count;
  }
}

/** Random, as BEP 20 lays it out. */
function createPeerId(): Uint8Array {
  const id = randomBytes(PEER_ID_LENGTH);
  id.write(PEER_ID_PREFIX, 'latin1');
  return id;
}
