import { execFile } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { mkdir, mkdtemp, open, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createHashPool, createTorrent } from '@shoal/session';
import { BenchError } from '../errors.ts';
import type { Cleanup } from './cleanup.ts';
import type { TorrentFormat } from './clients.ts';

const WRITE_BYTES = 8 * 1024 * 1024;
/** Name of the file that every benchmark transfers. */
const FILE_NAME = 'content.bin';

/** A file of random bytes that contestants transfer, in a scratch directory that is removed with it. */
export interface Content {
  /** Directory for what runs need. */
  readonly runs: string;
  /** Directory that holds the file: a seeder's. */
  readonly directory: string;
  readonly bytes: number;
  /** Writes a torrent of the file that names a tracker, and gives its path. */
  torrent(format: TorrentFormat, announce: string): Promise<string>;
  /** Whether `directory` holds the same file, byte for byte. */
  isIn(directory: string): Promise<boolean>;
  /** Removes what runs have left in the directory for them. */
  clear(): Promise<void>;
}

export interface ContentInit {
  /** Directory for the scratch directory. */
  readonly parent: string;
  readonly bytes: number;
  /** Piece length in bytes. */
  readonly pieceLength: number;
  /** How many copies there will be at once, the original not counted. */
  readonly copies: number;
}

/**
 * Makes the content of a benchmark.
 * @throws BenchError SHOAL_BENCH_SPACE
 */
export async function createContent(cleanup: Cleanup, init: ContentInit): Promise<Content> {
  await requireSpace(init);
  const scratch = await mkdtemp(join(init.parent, 'shoal-bench-'));
  cleanup.add(() => rm(scratch, { recursive: true, force: true }));
  const file = join(scratch, 'seed', FILE_NAME);
  const runs = join(scratch, 'runs');
  await mkdir(dirname(file));
  await writeRandom(file, init.bytes);
  return {
    runs,
    directory: dirname(file),
    bytes: init.bytes,
    async torrent(format, announce) {
      const pool = createHashPool();
      try {
        const { pieceLength } = init;
        const { bytes } = await createTorrent(file, { pool, format, pieceLength, announce });
        const path = join(scratch, `${format}.torrent`);
        await writeFile(path, bytes);
        return path;
      } finally {
        await pool.close();
      }
    },
    clear: () => rm(runs, { recursive: true, force: true }),
    async isIn(directory) {
      try {
        await promisify(execFile)('cmp', ['--silent', file, join(directory, FILE_NAME)]);
        return true;
      } catch {
        return false;
      }
    },
  };
}

async function requireSpace({ parent, bytes, copies }: ContentInit): Promise<void> {
  const { bavail, bsize } = await statfs(parent);
  const needed = bytes * (copies + 1);
  if (bavail * bsize > needed) return;
  const gib = (needed / 1024 ** 3).toFixed(1);
  const remedy = 'Choose another directory with --scratch, or a smaller --size.';
  throw new BenchError('SHOAL_BENCH_SPACE', `${parent} has less than ${gib} GiB left`, remedy);
}

/** Writes a file of random bytes. */
export async function writeRandom(path: string, bytes: number): Promise<void> {
  const chunk = Buffer.allocUnsafe(Math.min(WRITE_BYTES, bytes));
  const file = await open(path, 'w');
  try {
    for (let written = 0; written < bytes; written += chunk.length) {
      await file.write(randomFillSync(chunk), 0, Math.min(chunk.length, bytes - written));
    }
  } finally {
    await file.close();
  }
}
