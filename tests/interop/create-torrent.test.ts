import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import {
  BLOCK_SIZE,
  type CreatedMetainfo,
  createMetainfo,
  createPieceGeometry,
  FileTreeHasher,
  infoHashHex,
  layOutFiles,
  type ManifestEntry,
  manifestOf,
  type Metainfo,
  type MetainfoFormat,
  parseMetainfo,
  sortManifest,
  type SwarmProfile,
} from '@shoal/protocol';
import { isAvailable } from '@shoal/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const PIECE = 64 * 1024;
const NAME = 'web';
const FORMATS = ['hybrid', 'v2', 'v1', 'v1-padded'] as const;
const ORACLE_TIMEOUT_MS = 60_000;

type OracleFormat = (typeof FORMATS)[number];

interface Tree {
  readonly title: string;
  /** Paths below the root; the root alone, as the empty path, is a torrent of a single file. */
  readonly files: readonly {
    readonly path: string;
    readonly content: Buffer;
    readonly executable?: boolean;
  }[];
  /** Targets, relative to the root, by path. */
  readonly symlinks?: Readonly<Record<string, string>>;
  readonly pieceLength: number;
  readonly private: boolean;
}

const FIXED_TREES: readonly Tree[] = [
  tree('a lone small file', { '': 1000 }),
  tree('a lone file of exactly one piece', { '': PIECE }),
  tree('a lone file of several pieces', { '': 5 * PIECE + 3 }),
  tree('one file in a directory', { 'bin/server': 3 * PIECE + 1 }),
  tree('one file in the root', { server: 3 * PIECE + 1 }),
  tree('files around the size of a block', { a: BLOCK_SIZE - 1, b: BLOCK_SIZE, c: BLOCK_SIZE + 1 }),
  tree('files around the size of a piece', { a: PIECE - 1, b: PIECE, c: PIECE + 1 }),
  tree('files that end with a piece', { a: 2 * PIECE, b: 3 * PIECE }),
  tree('empty files at the start, between and at the end', { a: 0, b: PIECE + 5, c: 0, d: 7, e: 0 }),
  tree('names whose order needs care', { 'a/z': 9, 'a.b': 8, 'a-': 7, a0: 6, 'ab/c': 5, Z: 4 }),
  tree('names in several scripts', { '日本/ファイル': 9, 'ελλ/ά': 8, '𝔸': 7, '\ufeff': 6, 'ж ж': 5 }),
];

const SYMLINK_TREE: Tree = {
  ...tree('symlinks', {}),
  files: [
    { path: 'bin/run', content: pattern(3 * PIECE + 1, 1), executable: true },
    { path: 'lib/a', content: pattern(5, 2) },
  ],
  symlinks: { 'lib/current': 'lib/a', run: 'bin/run' },
};

describe.skipIf(!isAvailable('aria2'))("a hybrid's name among aria2's", () => {
  it.each([...FIXED_TREES, SYMLINK_TREE])('$title', async (item) => {
    const { bytes, metainfo } = createTorrent(item, 'hybrid');
    const directory = await mkdtemp(join(tmpdir(), 'shoal-aria2-name-'));
    try {
      const file = join(directory, 'it.torrent');
      await writeFile(file, bytes);
      const { stdout } = await promisify(execFile)('aria2c', ['--no-conf', '--show-files', file]);
      const shown = /^Info Hash: (\w+)$/m.exec(stdout)?.[1];
      expect(metainfo.infoHashLenient && infoHashHex(metainfo.infoHashLenient)).toBe(shown);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  });
});

describe.skipIf(!isAvailable('libtorrent'))("metainfo against libtorrent's create_torrent", () => {
  const trees = [...FIXED_TREES, ...Array.from({ length: 24 }, (_, seed) => randomTree(seed))];
  let directory = '';
  let torrents: Uint8Array[] = [];

  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-create-torrent-'));
    await Promise.all(trees.map((item, index) => writeTree(item, join(directory, String(index)))));
    torrents = await createWithLibtorrent(directory, trees);
  }, ORACLE_TIMEOUT_MS);

  afterAll(async () => {
    await rm(directory, { recursive: true, force: true });
  });

  it.each(FORMATS)('libtorrent reads symlinks and executables as we write them: %s', async (format) => {
    const ours = createTorrent(SYMLINK_TREE, format);
    const [theirs] = (await runOracle('read', [Buffer.from(ours.bytes).toString('base64')])) as unknown[];
    const hex = (hash: Uint8Array | undefined) =>
      hash === undefined ? null : Buffer.from(hash).toString('hex');
    expect(theirs).toEqual({
      v1: hex(ours.metainfo.infoHashV1),
      v2: hex(ours.metainfo.infoHashV2),
      files: [
        { path: 'web/bin/run', length: 3 * PIECE + 1, executable: true, symlink: '' },
        { path: 'web/lib/a', length: 5, executable: false, symlink: '' },
        { path: 'web/lib/current', length: 0, executable: false, symlink: 'web/lib/a' },
        { path: 'web/run', length: 0, executable: false, symlink: 'web/bin/run' },
      ],
    });
  });

  describe.each(FORMATS)('%s', (format) => {
    it.each(trees.map((item, index) => ({ title: item.title, item, index })))('$title', ({ item, index }) => {
      const theirs = parseMetainfo(
        torrents[index * FORMATS.length + FORMATS.indexOf(format)] ?? new Uint8Array(),
      );
      const ours = createTorrent(item, format).metainfo;
      expect(ours.infoHashV1).toEqual(theirs.infoHashV1);
      expect(ours.infoHashV2).toEqual(theirs.infoHashV2);
      expect(plain(ours)).toEqual(plain(theirs));
      if (format === 'hybrid' || format === 'v2')
        expect([...manifestOf(theirs)]).toEqual(hashTree(item).entries);
    });
  });
});

/** With the files one by one, to be compared; Shoal's own announces nowhere. */
function plain(metainfo: Metainfo): object {
  return { ...metainfo, announceTiers: [], files: [...metainfo.files] };
}

function tree(title: string, sizes: Record<string, number>): Tree {
  const files = Object.entries(sizes).map(([path, length], index) => ({
    path,
    content: pattern(length, index),
  }));
  return { title, files, pieceLength: PIECE, private: false };
}

/** A tree of up to a dozen files, with sizes that favour the edges of blocks and pieces; the same for the same seed. */
function randomTree(seed: number): Tree {
  const random = seededRandom(seed + 1);
  const pieceLength = BLOCK_SIZE * 2 ** random(4);
  const files = new Map<string, { path: string; content: Buffer; executable: boolean }>();
  for (let i = 0; i <= random(12); i += 1) {
    const depth = random(3);
    const parents = Array.from({ length: depth }, () => `d${String(random(3))}`);
    const path = [...parents, `f${String(i)}`].join('/');
    const unit = [1, BLOCK_SIZE, pieceLength][random(3)] ?? 1;
    const length = Math.max(0, unit * random(5) + random(3) - 1);
    files.set(path, { path, content: pattern(length, seed * 100 + i), executable: random(4) === 0 });
  }
  files.set('last', { path: 'last', content: pattern(1 + random(3 * pieceLength), seed), executable: false });
  return {
    title: `random tree ${String(seed)}`,
    files: [...files.values()],
    pieceLength,
    private: seed % 2 === 0,
  };
}

/** A linear congruential generator: `random(n)` is one of 0 … n - 1. */
function seededRandom(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Content that no two blocks of a test share. */
function pattern(length: number, seed: number): Buffer {
  const content = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1)
    content[i] = (i * 31 + (i >>> 8) * 17 + (i >>> 14) * 101 + seed * 7) & 0xff;
  return content;
}

async function writeTree(item: Tree, directory: string): Promise<void> {
  for (const file of item.files) {
    const path = join(directory, NAME, file.path);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, file.content);
  }
}

/** All trees in all formats, tree by tree. */
async function createWithLibtorrent(directory: string, trees: readonly Tree[]): Promise<Uint8Array[]> {
  const jobs = trees.flatMap((item, index) =>
    FORMATS.map((format) => ({
      directory: join(directory, String(index)),
      format,
      pieceLength: item.pieceLength,
      private: item.private,
      files: oracleOrder(item).map(({ path, length, executable }) => ({
        path: join(NAME, ...path),
        length,
        executable,
      })),
    })),
  );
  const torrents = (await runOracle('create', jobs)) as string[];
  return torrents.map((torrent) => Buffer.from(torrent, 'base64'));
}

async function runOracle(work: 'create' | 'read', jobs: readonly unknown[]): Promise<unknown> {
  const script = join(import.meta.dirname, 'create-torrent.py');
  const options = { maxBuffer: 256 * 1024 * 1024, timeout: ORACLE_TIMEOUT_MS };
  const oracle = promisify(execFile)('/usr/bin/python3', [script, work], options);
  oracle.child.stdin?.end(JSON.stringify(jobs));
  return JSON.parse((await oracle).stdout);
}

/** The same file order on both sides: libtorrent keeps the order it is given in v1 torrents. */
function oracleOrder(item: Tree): { path: readonly string[]; length: number; executable: boolean }[] {
  const files = item.files.map(({ path, content, executable = false }) => ({
    kind: 'file' as const,
    path: path === '' ? [] : path.split('/'),
    length: content.length,
    executable,
  }));
  return sortManifest(files);
}

function createTorrent(item: Tree, oracleFormat: OracleFormat): CreatedMetainfo {
  const format: MetainfoFormat = oracleFormat === 'v1-padded' ? 'v1' : oracleFormat;
  const padded = oracleFormat === 'v1-padded';
  const profile: SwarmProfile = { version: 1, format, pieceLength: item.pieceLength, private: item.private };
  const { entries, pieceLayers, contents } = hashTree(item);
  const geometry = createPieceGeometry(layOutFiles(entries, { ...profile, padded }));
  const digests = Array.from({ length: geometry.pieceCount }, (_, piece) => {
    const bytes = Buffer.alloc(geometry.pieceSize(piece));
    for (const span of geometry.spans(piece)) {
      contents[span.fileIndex]?.copy(bytes, span.pieceOffset, span.fileOffset, span.fileOffset + span.length);
    }
    return createHash('sha1').update(bytes).digest();
  });
  const hashes = {
    ...(format === 'v1' ? {} : { pieceLayers }),
    ...(format === 'v2' ? {} : { v1Pieces: Buffer.concat(digests) }),
  };
  return createMetainfo({ name: NAME, entries, profile, padded, ...hashes });
}

/** The manifest of a tree with its roots, and the layers and contents that go with it, contents in its order. */
function hashTree(item: Tree): {
  entries: ManifestEntry[];
  pieceLayers: Map<string, Uint8Array>;
  contents: Buffer[];
} {
  const pieceLayers = new Map<string, Uint8Array>();
  const contentOf = new Map<ManifestEntry, Buffer>();
  for (const { path, content, executable = false } of item.files) {
    const file = {
      kind: 'file' as const,
      path: path === '' ? [NAME] : path.split('/'),
      length: content.length,
      executable,
    };
    if (content.length === 0) {
      contentOf.set(file, content);
      continue;
    }
    const hasher = new FileTreeHasher(item.pieceLength);
    for (let at = 0; at < content.length; at += BLOCK_SIZE) {
      hasher.addLeaf(
        createHash('sha256')
          .update(content.subarray(at, at + BLOCK_SIZE))
          .digest(),
      );
    }
    const { piecesRoot, pieceLayer } = hasher.finish();
    if (pieceLayer !== undefined) pieceLayers.set(Buffer.from(piecesRoot).toString('hex'), pieceLayer);
    contentOf.set({ ...file, piecesRoot }, content);
  }
  const symlinks = Object.entries(item.symlinks ?? {}).map(([path, target]) => ({
    kind: 'symlink' as const,
    path: path.split('/'),
    target: target.split('/'),
  }));
  const entries = sortManifest([...contentOf.keys(), ...symlinks]);
  return { entries, pieceLayers, contents: entries.map((entry) => contentOf.get(entry) ?? Buffer.alloc(0)) };
}
