import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import type { SeedLimit, SeedLimits } from './accounts/seed-limit-policy.ts';
import type { AddTorrent } from './api/add-torrent.ts';
import type { BannedPeer } from './api/peer.ts';
import type { Session, SessionComponents, SessionInit } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import type { ContentStore } from './ports/content-store.ts';
import { createTorrent, type CreateTorrentInit } from './storage/create-torrent.ts';
import { TestSessions } from './test-sessions.ts';

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
  readonly metainfo: Metainfo;
  /** The .torrent file. */
  readonly metainfoPath: string;
  /** Directory of the tree. */
  readonly source: string;
  readonly #sessions: TestSessions;

  private constructor(sessions: TestSessions, source: string, metainfo: Metainfo) {
    this.#sessions = sessions;
    this.source = source;
    this.metainfo = metainfo;
    this.metainfoPath = join(sessions.scratch, 'a.torrent');
  }

  get scratch(): string {
    return this.#sessions.scratch;
  }

  /** Makes the tree: one file of `size` bytes. */
  static async create(size: number, profile: TestProfile = {}): Promise<TestSwarm> {
    const sessions = await TestSessions.create();
    const source = await sessions.newDirectory();
    await writeFile(join(source, 'a'), Buffer.alloc(size, 'shoal'));
    const { metainfo, bytes } = await createTorrent(source, { pool: sessions.pool, ...profile });
    const swarm = new TestSwarm(sessions, source, metainfo);
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
    const peerClass = complete ? 'seeder' : 'agent';
    const session = await this.#sessions.start({ peerClass, ...options }, components);
    const root = options.root ?? (complete ? this.source : await this.#sessions.newDirectory());
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
    return this.#sessions.describe(this.metainfo, root, {
      openStore: async () => (options.wrapStore ?? same)(await this.#open(root, !complete)),
      have: complete ? 'all' : 'none',
      private: isPrivate,
      ...(resumePath && { resumePath }),
      ...(ledgerPath && { ledgerPath }),
      ...(seedLimits && { seedLimits }),
      ...(onSeedLimit && { onSeedLimit }),
      ...(onPeerBanned && { onPeerBanned }),
      ...(complete && { tree: { metainfoPath: this.metainfoPath, root } }),
    });
  }

  /** Closes the sessions. */
  async closeSessions(): Promise<void> {
    await this.#sessions.closeSessions();
  }

  /** Removes everything. */
  async dispose(): Promise<void> {
    await this.#sessions.dispose();
  }

  #open(root: string, create: boolean): Promise<ContentStore> {
    return this.#sessions.open(this.metainfo, root, create);
  }
}

function same(store: ContentStore): ContentStore {
  return store;
}
