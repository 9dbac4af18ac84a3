import { infoHashHex } from '@shoal/protocol';
import { type Accounts, addAccounts, NO_ACCOUNTS } from '../accounts/accounts.ts';
import { SeedWatches } from '../accounts/seed-watches.ts';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { Session, SessionComponents, SessionInit } from '../api/session.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { Torrent } from '../api/torrent.ts';
import { type EncryptedHandshakes, HandshakeCounts } from '../encryption/handshake-counts.ts';
import type { FetchMetadata, MetadataFetch } from '../metadata/metadata-fetch.ts';
import type { RateLimits, SessionLimits } from '../rate/rate-limits.ts';
import { silentLogger, systemClock, systemSchedule } from '../system.ts';
import { createTcpTransport } from '../tcp/tcp-transport.ts';
import { wireHashesOf } from '../torrent/wire-hashes.ts';
import { createBoardMemory } from './board-memory.ts';
import { MAX_LOOPS } from './constants.ts';
import { LoopError } from './loop-error.ts';
import { LoopSet } from './loop-set.ts';
import type { LoopSession, LoopSessionInit } from './loop-session.ts';
import { SpreadTorrent } from './spread-torrent.ts';

/** Collaborators of a spread session. */
export interface SpreadSessionComponents extends SessionComponents {
  /** Starts a session on this event loop. */
  readonly startSession: (components: SessionComponents, init: LoopSessionInit) => Promise<LoopSession>;
}

/**
 * Starts a session whose connections are spread over several event loops: this one, and threads. All listen on one port
 * and the kernel gives each connection to one of them; each dials its share of the peers. The other loops serve what was
 * added complete with a tree and has no limits. A connection cannot change its loop, so they accept none unless that is
 * true of every torrent and the session has no limits either: the main loop serves everything.
 * @throws LoopError; RateLimitError; the system's error when the address cannot be listened on
 */
export async function createSpreadSession(
  components: SpreadSessionComponents,
  init: SessionInit & { readonly loops: number },
): Promise<Session> {
  const { loops, localAddress } = init;
  if (!Number.isInteger(loops) || loops < 1 || loops > MAX_LOOPS || components.transport !== undefined) {
    throw new LoopError('SHOAL_LOOPS_INVALID', `cannot spread connections over ${loops} event loops`, {
      remedy: `Give a whole number from 1 to ${MAX_LOOPS}, and no transport with more than 1.`,
    });
  }
  if (init.port !== 0) await requireFree(init);
  const transport = createTcpTransport({ localAddress, sharesPort: true });
  const { memory: handshakeMemory } = new HandshakeCounts();
  const own = { ...init, handshakeMemory };
  const main = await listenShared(() => components.startSession({ ...components, transport }, own));
  const { clock = systemClock, schedule = systemSchedule, logger = silentLogger } = components;
  const seedWatches = new SeedWatches({ clock, schedule, logger });
  return new SpreadSession({ main, logger, seedWatches }, { ...init, handshakeMemory });
}

/** A port that sockets share could be taken by another process of the same user, unseen. */
async function requireFree(address: PeerAddress): Promise<void> {
  const probe = await createTcpTransport().listen(address, (stream) => stream.destroy());
  await probe.close();
}

async function listenShared(start: () => Promise<LoopSession>): Promise<LoopSession> {
  try {
    return await start();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTSUP' && code !== 'ENOPROTOOPT') throw error;
    throw new LoopError('SHOAL_LOOPS_UNSUPPORTED', 'this system cannot share a port between event loops', {
      remedy: 'Use one event loop.',
      cause: error,
    });
  }
}

class SpreadSession implements Session {
  readonly address: PeerAddress;
  readonly peerId: Uint8Array;
  readonly #main: LoopSession;
  readonly #seedWatches: SeedWatches;
  readonly #loops: LoopSet;
  readonly #torrents = new Map<Torrent, SpreadTorrent>();
  readonly #byName = new Map<string, SpreadTorrent>();
  /** What the other loops need of torrents that they might serve. */
  readonly #trees = new Map<SpreadTorrent, NonNullable<AddTorrent['tree']>>();
  /** The main loop's alone, as what they fetch will be. */
  readonly #fetches = new Set<MetadataFetch>();
  #hasLimits: boolean;
  #closing: Promise<void> | undefined;

  constructor(
    components: {
      readonly main: LoopSession;
      readonly logger: SessionLogger;
      readonly seedWatches: SeedWatches;
    },
    init: SessionInit & { readonly loops: number; readonly handshakeMemory: SharedArrayBuffer },
  ) {
    const { main, logger } = components;
    this.#main = main;
    this.#seedWatches = components.seedWatches;
    this.address = main.address;
    this.peerId = main.peerId;
    this.#hasLimits = limitsAny(init.limits ?? {});
    const { loops, localAddress, peerClass, location, clientVersion } = init;
    const { maxConnections, maxPeersPerTorrent, encryption, handshakeMemory } = init;
    const { address, peerId } = main;
    const events = {
      onFigures: (loop: number, figures: Parameters<SpreadTorrent['onFigures']>[1]) =>
        this.#byName.get(figures.name)?.onFigures(loop, figures),
      onGone: (loop: number, name: string) => this.#byName.get(name)?.onLoopGone(loop),
    };
    this.#loops = new LoopSet(
      { logger, events },
      {
        count: loops - 1,
        address,
        peerId,
        localAddress,
        peerClass,
        location,
        clientVersion,
        maxConnections,
        maxPeersPerTorrent,
        encryption,
        handshakeMemory,
      },
    );
  }

  add(options: AddTorrent): Torrent {
    const memory = createBoardMemory();
    // Made after the main loop's part, which asks for it later.
    const spread: { torrent?: SpreadTorrent } = {};
    const others = {
      accounts: () => spread.torrent?.elsewhere() ?? NO_ACCOUNTS,
      end: () => spread.torrent?.endElsewhere() ?? Promise.resolve(),
    };
    const main = this.#main.add({ ...options, board: { memory, loop: 0 }, others });
    const [hash] = wireHashesOf(options.hashes);
    const torrent = new SpreadTorrent(
      {
        main,
        host: {
          onLimits: (changed) => this.#update(changed),
          addPeers: (to, peers) =>
            to.main.addPeers(this.#loops.has(to.name) ? this.#loops.addPeers(to.name, peers) : peers),
          remove: (removed) => this.#remove(removed),
        },
      },
      { name: infoHashHex(hash), limits: options.limits ?? {}, memory },
    );
    spread.torrent = torrent;
    this.#torrents.set(main, torrent);
    this.#byName.set(torrent.name, torrent);
    if (options.tree !== undefined && options.have === 'all') this.#trees.set(torrent, options.tree);
    this.#update(torrent);
    this.#seedWatches.watch(torrent, options);
    return torrent;
  }

  fetchMetadata(options: FetchMetadata): MetadataFetch {
    const fetch = this.#main.fetchMetadata(options);
    const onOver = (): void => {
      this.#fetches.delete(fetch);
      this.#updateListening();
    };
    this.#fetches.add(fetch);
    this.#updateListening();
    fetch.whenFetched().then(onOver, onOver);
    return fetch;
  }

  accounts(): Accounts {
    return addAccounts(this.#main.accounts(), this.#loops.accounts());
  }

  encryptedHandshakes(): EncryptedHandshakes {
    return this.#main.encryptedHandshakes();
  }

  torrents(): Iterable<Torrent> {
    return this.#torrents.values();
  }

  get(infoHash: Uint8Array): Torrent | undefined {
    const main = this.#main.get(infoHash);
    return main && this.#torrents.get(main);
  }

  setLimits(limits: SessionLimits): void {
    this.#main.setLimits(limits);
    this.#hasLimits = limitsAny(limits);
    for (const torrent of this.#torrents.values()) this.#update(torrent);
  }

  close(): Promise<void> {
    this.#closing ??= Promise.all([this.#main.close(), this.#loops.close()]).then(() => undefined);
    return this.#closing;
  }

  /** Gives a torrent to the other loops, or takes it from them, as its limits and the session's have it. */
  #update(torrent: SpreadTorrent): void {
    if (this.#closing !== undefined) return;
    const tree = this.#trees.get(torrent);
    const { name, hashes } = torrent;
    if (tree === undefined || this.#hasLimits || limitsAny(torrent.limits)) void this.#loops.remove(name);
    else if (!this.#loops.has(name)) this.#loops.add({ name, hashes, tree, memory: torrent.memory });
    this.#updateListening();
  }

  #updateListening(): void {
    if (this.#closing !== undefined) return;
    const torrents = [...this.#byName.keys()];
    const isOurs = torrents.length > 0 && this.#fetches.size === 0;
    this.#loops.listen(isOurs && torrents.every((name) => this.#loops.has(name)));
  }

  async #remove(torrent: SpreadTorrent): Promise<void> {
    this.#torrents.delete(torrent.main);
    this.#trees.delete(torrent);
    await this.#loops.remove(torrent.name);
    // It may have been added again meanwhile.
    if (this.#byName.get(torrent.name) === torrent) this.#byName.delete(torrent.name);
    this.#updateListening();
  }
}

function limitsAny(limits: SessionLimits & RateLimits): boolean {
  const all = [limits, ...Object.values(limits.classes ?? {})];
  return all.some(({ upload, download }) => upload !== undefined || download !== undefined);
}
