import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Metainfo } from '@shoal/protocol';
import type { AddTorrent } from './api/add-torrent.ts';
import type { Session, SessionComponents, SessionInit } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import type { ContentStore } from './ports/content-store.ts';
import { createSession } from './session.ts';
import { openDirectoryStore } from './storage/directory-store.ts';
import { createHashPool, type HashPool } from './storage/hash-pool.ts';
import { OpenFiles } from './storage/open-files.ts';
import { SpanCache } from './storage/span-cache.ts';
import { hashesOf } from './torrent/wire-hashes.ts';

/** Sessions on loopback, the hashing threads that they share, and a directory for their trees; for tests. */
export class TestSessions {
  readonly pool: HashPool = createHashPool();
  readonly scratch: string;
  #sessions: Session[] = [];

  private constructor(scratch: string) {
    this.scratch = scratch;
  }

  static async create(): Promise<TestSessions> {
    return new TestSessions(await mkdtemp(join(tmpdir(), 'shoal-sessions-')));
  }

  /** Makes a directory with nothing in it. */
  newDirectory(): Promise<string> {
    return mkdtemp(join(this.scratch, 'root-'));
  }

  async start(init: Partial<SessionInit> = {}, components: SessionComponents = {}): Promise<Session> {
    const session = await createSession(components, {
      host: '127.0.0.1',
      port: 0,
      peerClass: 'agent',
      clientVersion: '0.0.0',
      ...init,
    });
    this.#sessions.push(session);
    return session;
  }

  /** A torrent that is in `root`, or is to come there. */
  describe(
    metainfo: Metainfo,
    root: string,
    options: Partial<AddTorrent> & Pick<AddTorrent, 'have'>,
  ): AddTorrent {
    return {
      hashes: hashesOf(metainfo),
      load: () => Promise.resolve(metainfo),
      openStore: () => this.open(metainfo, root, options.have !== 'all'),
      ...options,
    };
  }

  add(session: Session, ...torrent: Parameters<TestSessions['describe']>): Torrent {
    return session.add(this.describe(...torrent));
  }

  /** @param create as for `openDirectoryStore` */
  open(metainfo: Metainfo, root: string, create: boolean): Promise<ContentStore> {
    const components = { pool: this.pool, cache: new SpanCache(), files: new OpenFiles() };
    return openDirectoryStore(components, { metainfo, root, create });
  }

  /** Closes the sessions. */
  async closeSessions(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close()));
    this.#sessions = [];
  }

  /** Removes everything. */
  async dispose(): Promise<void> {
    await this.closeSessions();
    await this.pool.close();
    await rm(this.scratch, { recursive: true, force: true });
  }
}
