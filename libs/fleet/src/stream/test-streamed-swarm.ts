import { createCipheriv } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { MetainfoFile } from '@shoal/protocol';
import { createLogger, startTelemetry } from '@shoal/service';
import {
  createHashPool,
  createSession,
  createTorrent,
  hashesOf,
  openDirectoryStore,
  OpenFiles,
  SpanCache,
  type Torrent,
} from '@shoal/session';
import { createStreamMetrics } from './stream-metrics.ts';
import { startStreamServer } from './stream-server.ts';

export interface StreamedSwarmInit {
  /** Bytes of each file, by path. */
  readonly sizes: Readonly<Record<string, number>>;
  readonly pieceLength: number;
  /** Of the seeder, in bytes per second. @default no limit */
  readonly uploadLimit?: number;
  readonly isServed?: (file: MetainfoFile) => boolean;
}

/** A seeder, and a torrent named `web` that is fetched from it and served meanwhile. */
export interface StreamedSwarm {
  /** Without a slash at its end. */
  readonly base: string;
  readonly torrent: Torrent;
  content(path: string): Buffer;
  /** Lets the fetch begin. */
  connect(): void;
  /** Bytes that were read to be sent. */
  bytesRead(): Promise<number>;
  /** Answers whose file is being read. */
  readonly openReaders: number;
  stop(): Promise<void>;
}

/** Starts both ends on loopback. */
export async function startStreamedSwarm(init: StreamedSwarmInit): Promise<StreamedSwarm> {
  const { sizes, pieceLength, uploadLimit, isServed = () => true } = init;
  const stack = new AsyncDisposableStack();
  const scratch = await mkdtemp(join(tmpdir(), 'shoal-streamed-swarm-'));
  stack.defer(() => rm(scratch, { recursive: true, force: true }));
  const source = join(scratch, 'web');
  const contents = new Map(
    Object.entries(sizes).map(([path, size], at) => [path, bytesOf(size, at + 1)] as const),
  );
  for (const [path, content] of contents) {
    await mkdir(dirname(join(source, path)), { recursive: true });
    await writeFile(join(source, path), content);
  }
  const pool = createHashPool();
  stack.defer(() => pool.close());
  const { metainfo } = await createTorrent(source, { pool, format: 'v1', pieceLength });

  async function add(root: string, have: 'all' | 'none', upload?: number) {
    const identity = { peerClass: 'agent', clientVersion: '0.0.0' } as const;
    const session = await createSession({}, { host: '127.0.0.1', port: 0, ...identity });
    stack.defer(() => session.close());
    const components = { pool, cache: new SpanCache(), files: new OpenFiles() };
    const torrent = session.add({
      hashes: hashesOf(metainfo),
      load: () => Promise.resolve(metainfo),
      openStore: () => openDirectoryStore(components, { metainfo, root, create: have === 'none' }),
      have,
      limits: upload === undefined ? {} : { upload },
    });
    return { session, torrent };
  }

  const seeder = await add(source, 'all', uploadLimit);
  const { torrent } = await add(join(scratch, 'to'), 'none');
  const logger = createLogger({ service: 'stream', level: 'silent' });
  const telemetry = startTelemetry({ service: 'stream', version: '0.0.0', instance: 'a' });
  let openReaders = 0;
  const server = await startStreamServer(
    {
      content: {
        openReader(file, options) {
          const reader = torrent.openReader(file, options);
          openReaders += 1;
          return {
            read: () => reader.read(),
            close() {
              openReaders -= 1;
              reader.close();
            },
          };
        },
      },
      logger,
      telemetry,
      metrics: createStreamMetrics(telemetry),
    },
    { listen: '127.0.0.1:0', metainfo, isServed, readTimeoutMs: 30_000 },
  );
  stack.defer(() => server.stop());
  return {
    base: server.url.slice(0, -1),
    torrent,
    content: (path) => contents.get(path) ?? Buffer.alloc(0),
    connect: () => torrent.addPeers([seeder.session.address]),
    async bytesRead() {
      const [, count] = /^shoal_stream_bytes_total\S* (\d+)$/m.exec(await telemetry.metricsText()) ?? [];
      return Number(count);
    },
    get openReaders() {
      return openReaders;
    },
    stop: () => stack.disposeAsync(),
  };
}

/** Bytes that look random, the same at each run. */
export function bytesOf(size: number, seed: number): Buffer {
  const key = Buffer.alloc(16, seed);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(size));
}
