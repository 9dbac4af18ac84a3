import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import type { SeedLimit, SeedLimits } from './accounts/seed-limit-policy.ts';
import type { AddTorrent, BannedPeer, Session, SessionComponents, SessionInit, Torrent } from './api.ts';
import type { ContentStore } from './ports/content-store.ts';
import { createSession } from './session.ts';
import { createTorrent, type CreateTorrentInit } from './storage/create-torrent.ts';
import { openDirectoryStore } from './storage/directory-store.ts';
import { createHashPool, type HashPool } from './storage/hash-pool.ts';
import { OpenFiles } from './storage/open-files.ts';
import { SpanCache } from './storage/span-cache.ts';
import { hashesOf } from './torrent/wire-hashes.ts';

/** A session that listens on loopback, and its only torrent. */
export interface TestMember {
  readonly session: Session;
  readonly torrent: Torrent;
  readonly root: string;
}

/** What kind of torrent to make; by default what our own policy chooses. */
export type TestProfile = Pick<CreateTorrentInit, 'format' | 'pieceLength' | 'private'>;

export interface TestMemberOptions extends Partial<SessionInit>, SessionComponents {
  readonly complete?: boolean;
  /** What is known before the metainfo is loaded. */
  readonly private?: boolean;
  /** Where an earlier member left off. */
  readonly root?: string;
  readonly resumePath?: string;
  readonly ledgerPath?: string;
  readonly seedLimits?: SeedLimits;
  readonly onSeedLimit?: (limit: SeedLimit) => void;
  readonly onPeerBanned?: (peer: BannedPeer) => void;
  /** Changes the store that is opened. */
  readonly wrapStore?: (store: ContentStore) => ContentStore;
}

/** One small tree as a torrent, and sessions on real sockets that are in its swarm; for tests. */
export class TestSwarm {
  readonly scratch: string;
  readonly metainfo: Metainfo;
  /** The .torrent file. */
  readonly metainfoPath: string;
  readonly #pool: HashPool;
  /** Directory of the tree. */
  readonly source: string;
  #sessions: Session[] = [];

  private constructor(scratch: string, source: string, metainfo: Metainfo, pool: HashPool) {
    this.scratch = scratch;
    this.source = source;
    this.metainfo = metainfo;
    this.metainfoPath = join(scratch, 'a.torrent');
    this.#pool = pool;
  }

  /** Makes the tree: one file of `size` bytes. */
  static async create(size: number, profile: TestProfile = {}): Promise<TestSwarm> {
    const pool = createHashPool();
    const scratch = await mkdtemp(join(tmpdir(), 'shoal-swarm-'));
    const source = await mkdtemp(join(scratch, 'source-'));
    await writeFile(join(source, 'a'), Buffer.alloc(size, 'shoal'));
    const { metainfo, bytes } = await createTorrent(source, { pool, ...profile });
    const swarm = new TestSwarm(scratch, source, metainfo, pool);
    await writeFile(swarm.metainfoPath, bytes);
    return swarm;
  }

  /** Starts a session with the torrent. */
  async start(options: TestMemberOptions = {}): Promise<TestMember> {
    const { complete = false, clock, random, logger, transport } = options;
    const components = {
      ...(clock && { clock }),
      ...(random && { random }),
      ...(logger && { logger }),
      ...(transport && { transport }),
    };
    const session = await createSession(components, {
      host: '127.0.0.1',
      port: 0,
      peerClass: complete ? 'seeder' : 'agent',
      clientVersion: '0.0.0',
      ...options,
    });
    this.#sessions.push(session);
    const root = options.root ?? (complete ? this.source : await mkdtemp(join(this.scratch, 'root-')));
    const torrent = session.add(this.describe(root, options));
    return { session, torrent, root };
  }

  /** The torrent, as a session takes it. */
  describe(root: string, options: TestMemberOptions = {}): AddTorrent {
    const {
      complete = false,
      private: isPrivate,
      resumePath,
      ledgerPath,
      seedLimits,
      onSeedLimit,
      onPeerBanned,
    } = options;
    return {
      hashes: hashesOf(this.metainfo),
      load: () => Promise.resolve(this.metainfo),
      openStore: async () => (options.wrapStore ?? same)(await this.#open(root, !complete)),
      have: complete ? 'all' : 'none',
      private: isPrivate,
      ...(resumePath && { resumePath }),
      ...(ledgerPath && { ledgerPath }),
      ...(seedLimits && { seedLimits }),
      ...(onSeedLimit && { onSeedLimit }),
      ...(onPeerBanned && { onPeerBanned }),
      ...(complete && { tree: { metainfoPath: this.metainfoPath, root } }),
    };
  }

  /** Closes the sessions. */
  async closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    this.#sessions = [];
  }

  /** Removes everything. */
  async dispose(): Promise<void> {
    await this.closeSessions();
    await this.#pool.close();
    await rm(this.scratch, { recursive: true, force: true });
  }

  #open(root: string, create: boolean): Promise<ContentStore> {
    const { metainfo } = this;
    return openDirectoryStore(
      { pool: this.#pool, cache: new SpanCache(), files: new OpenFiles() },
      { metainfo, root, create },
    );
  }
}

function same(store: ContentStore): ContentStore {
  return store;
}
