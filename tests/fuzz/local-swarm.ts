import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CreatedMetainfo, Metainfo } from '@shoal/protocol';
import {
  type ContentStore,
  createHashPool,
  createSession,
  createTorrent,
  type CreateTorrentInit,
  hashesOf,
  type HashPool,
  openDirectoryStore,
  OpenFiles,
  type Session,
  SpanCache,
  type Torrent,
} from '@shoal/session';

/** What torrent to make of a tree. */
export type TorrentProfile = Pick<CreateTorrentInit, 'format' | 'pieceLength' | 'announce'>;

/** A session on loopback and its only torrent. */
export interface Member {
  readonly session: Session;
  readonly torrent: Torrent;
  readonly root: string;
}

interface MemberOptions {
  readonly complete?: boolean;
  readonly wrapStore?: (store: ContentStore) => ContentStore;
}

/** Sessions on real sockets in the swarm of one tree. */
export class LocalSwarm {
  readonly metainfo: Metainfo;
  /** The .torrent file. */
  readonly torrentFile: Uint8Array;
  readonly #source: string;
  readonly #scratch: string;
  readonly #pool: HashPool;
  #sessions: Session[] = [];

  private constructor({ metainfo, bytes }: CreatedMetainfo, source: string, scratch: string, pool: HashPool) {
    this.metainfo = metainfo;
    this.torrentFile = bytes;
    this.#source = source;
    this.#scratch = scratch;
    this.#pool = pool;
  }

  /** Makes a torrent of the tree at `source`. */
  static async create(source: string, profile: TorrentProfile): Promise<LocalSwarm> {
    const pool = createHashPool();
    const scratch = await mkdtemp(join(tmpdir(), 'shoal-fuzz-'));
    return new LocalSwarm(await createTorrent(source, { pool, ...profile }), source, scratch, pool);
  }

  async start({ complete = false, wrapStore = (store) => store }: MemberOptions = {}): Promise<Member> {
    const peerClass = complete ? 'seeder' : 'agent';
    const session = await createSession(
      {},
      { host: '127.0.0.1', port: 0, peerClass, clientVersion: '0.0.0' },
    );
    this.#sessions.push(session);
    const { metainfo } = this;
    const root = complete ? this.#source : await mkdtemp(join(this.#scratch, 'root-'));
    const components = { pool: this.#pool, cache: new SpanCache(), files: new OpenFiles() };
    const torrent = session.add({
      hashes: hashesOf(metainfo),
      load: () => Promise.resolve(metainfo),
      openStore: async () =>
        wrapStore(await openDirectoryStore(components, { metainfo, root, create: !complete })),
      have: complete ? 'all' : 'none',
    });
    return { session, torrent, root };
  }

  async closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    this.#sessions = [];
  }

  /** Closes everything and removes what was fetched. */
  async dispose(): Promise<void> {
    await this.closeSessions();
    await this.#pool.close();
    await rm(this.#scratch, { recursive: true, force: true });
  }
}
