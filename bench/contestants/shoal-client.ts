import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Metainfo, parseMetainfo } from '@shoal/protocol';
import {
  createHashPool,
  createSession,
  type HashPool,
  hashesOf,
  type Announcer,
  openDirectoryStore,
  OpenFiles,
  type Session,
  SpanCache,
  type Torrent,
  verifyTree,
} from '@shoal/session';
import { announceTorrent } from './announce.ts';
import type { ContestantArguments } from './arguments.ts';
import type { ContestantFigures } from './events.ts';
import type { ContestantClient } from './run-contestant.ts';
import { sessionOptions } from './session-options.ts';

const RESUME_FILE = 'shoal.resume';

/** One torrent in a session as agents and seeders run it, with their store, announced over HTTP. */
export class ShoalClient implements ContestantClient {
  readonly port: number;
  readonly #args: ContestantArguments;
  readonly #metainfo: Metainfo;
  readonly #root: string;
  readonly #pool: HashPool;
  readonly #session: Session;
  readonly #resumePath: string;
  #torrent: Torrent | undefined;
  #announcers: readonly Announcer[] = [];

  private constructor(args: ContestantArguments, metainfo: Metainfo, pool: HashPool, session: Session) {
    this.#args = args;
    this.#metainfo = metainfo;
    this.#root = metainfo.singleFile ? args.directory : join(args.directory, metainfo.name);
    this.#resumePath = join(args.work, RESUME_FILE);
    this.#pool = pool;
    this.#session = session;
    this.port = session.address.port;
  }

  /** Listens; the torrent comes with {@link start}. */
  static async open(args: ContestantArguments): Promise<ShoalClient> {
    const options = sessionOptions(args.options);
    const metainfo = parseMetainfo(await readFile(args.torrent));
    await mkdir(args.work, { recursive: true });
    if (!args.resume) await rm(join(args.work, RESUME_FILE), { force: true });
    const session = await createSession(
      {},
      {
        ...args.listen,
        localAddress: args.listen.host,
        peerClass: args.role === 'seed' ? 'seeder' : 'agent',
        clientVersion: 'bench',
        ...options,
        // What is fetched stays on one loop: threads beside it would be idle.
        ...(args.role === 'leech' && { loops: 1 }),
      },
    );
    const pool = createHashPool();
    pool.startThreads();
    return new ShoalClient(args, metainfo, pool, session);
  }

  async start(): Promise<void> {
    if (this.#args.role === 'seed') await this.#check();
    const torrent = (this.#torrent = this.#add());
    torrent.addPeers(this.#args.peers);
    if (!this.#args.useTrackers) return;
    this.#announcers = announceTorrent(this.#session, torrent, {
      metainfo: this.#metainfo,
      isSeeder: this.#args.role === 'seed',
      onError: (error) => console.error(error),
    });
  }

  async complete(): Promise<void> {
    await this.#torrent?.whenComplete();
    for (const announcer of this.#announcers) announcer.completed();
  }

  figures(): Promise<ContestantFigures> {
    const progress = this.#torrent?.progress();
    if (progress === undefined) return Promise.resolve({ done: 0, up: 0, down: 0, wasted: 0, peers: 0 });
    const { bytesDone, uploaded, downloaded, wasted, peers } = progress;
    const down = downloaded.fromPeers + downloaded.fromSeeders + downloaded.fromOrigins;
    return Promise.resolve({ done: bytesDone, up: uploaded, down, wasted, peers });
  }

  kill(): void {
    // All of it is in this process.
  }

  /** Hashes a seeder's data. Rejects when it is not the torrent's. */
  async #check(): Promise<void> {
    const { missing, damaged } = await verifyTree(this.#root, this.#metainfo, { pool: this.#pool });
    const [bad] = [...missing, ...damaged];
    if (bad !== undefined) throw new Error(`${this.#root}: ${bad} is missing or damaged`);
  }

  #add(): Torrent {
    const { role } = this.#args;
    const metainfo = this.#metainfo;
    const components = { pool: this.#pool, cache: new SpanCache(), files: new OpenFiles() };
    const storeInit = { metainfo, root: this.#root, create: role === 'leech' };
    return this.#session.add({
      hashes: hashesOf(metainfo),
      load: () => Promise.resolve(metainfo),
      openStore: () => openDirectoryStore(components, storeInit),
      private: metainfo.private,
      have: role === 'seed' ? 'all' : 'none',
      ...(role === 'seed'
        ? { tree: { metainfoPath: this.#args.torrent, root: this.#root } }
        : { resumePath: this.#resumePath }),
    });
  }
}
