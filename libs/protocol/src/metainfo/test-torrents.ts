import { createHash } from 'node:crypto';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { sortManifest } from '../manifest/validate.ts';
import { FileTreeHasher } from '../merkle/file-tree-hasher.ts';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { createMetainfo, type CreatedMetainfo, type MetainfoInit } from './create.ts';
import { layOutFiles } from './file-layout.ts';
import { createPieceGeometry } from './piece-layout.ts';
import type { MetainfoFormat } from './profile.ts';

/** Content of a test torrent: file contents by path, symlinks by path. Only tests import this module. */
export interface TestTree {
  readonly files: Readonly<Record<string, Buffer>>;
  readonly symlinks?: Readonly<Record<string, string>>;
  /** Paths among `files`. */
  readonly executables?: readonly string[];
}

/** What varies between test torrents, beside the tree. */
export type TestTorrentInit = Partial<Omit<MetainfoInit, 'profile'>> & {
  readonly format?: MetainfoFormat;
  readonly pieceLength?: number;
  readonly private?: boolean;
  readonly source?: string;
};

/** Bytes that differ from block to block. */
export function testContent(length: number, seed = 1): Buffer {
  const content = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) content[i] = (i + (i >>> 14) * 7 + seed) & 0xff;
  return content;
}

/** Makes a torrent of a tree the straightforward way: all contents in memory, every hash computed here. */
export function createTestTorrent(tree: TestTree, init: TestTorrentInit = {}): CreatedMetainfo {
  const {
    format = 'hybrid',
    pieceLength = 4 * BLOCK_SIZE,
    private: isPrivate = false,
    source,
    ...rest
  } = init;
  const { entries, pieceLayers } = hashTree(tree, pieceLength);
  const v1Pieces = hashPieces(tree, entries, format, pieceLength, rest.padded ?? false);
  return createMetainfo({
    name: 'web',
    entries: format === 'v1' ? entries.map(withoutRoot) : entries,
    profile: {
      version: 1,
      format,
      pieceLength,
      private: isPrivate,
      ...(source === undefined ? {} : { source }),
    },
    ...(format === 'v1' ? {} : { pieceLayers }),
    ...(format === 'v2' ? {} : { v1Pieces }),
    ...rest,
  });
}

function hashTree(tree: TestTree, pieceLength: number) {
  const pieceLayers = new Map<string, Uint8Array>();
  const entries: ManifestEntry[] = Object.entries(tree.files).map(([path, content]) => {
    const executable = tree.executables?.includes(path) ?? false;
    const file = { kind: 'file' as const, path: path.split('/'), length: content.length, executable };
    if (content.length === 0) return file;
    const hasher = new FileTreeHasher(pieceLength);
    for (let at = 0; at < content.length; at += BLOCK_SIZE) {
      hasher.addLeaf(
        createHash('sha256')
          .update(content.subarray(at, at + BLOCK_SIZE))
          .digest(),
      );
    }
    const { piecesRoot, pieceLayer } = hasher.finish();
    if (pieceLayer) pieceLayers.set(Buffer.from(piecesRoot).toString('hex'), pieceLayer);
    return { ...file, piecesRoot };
  });
  for (const [path, target] of Object.entries(tree.symlinks ?? {})) {
    entries.push({ kind: 'symlink', path: path.split('/'), target: target.split('/') });
  }
  return { entries: sortManifest(entries), pieceLayers };
}

function withoutRoot(entry: ManifestEntry): ManifestEntry {
  if (entry.kind === 'symlink') return entry;
  return { kind: 'file', path: entry.path, length: entry.length, executable: entry.executable };
}

function hashPieces(
  tree: TestTree,
  entries: readonly ManifestEntry[],
  format: MetainfoFormat,
  pieceLength: number,
  padded: boolean,
): Uint8Array {
  const layout = layOutFiles(entries, { format, pieceLength, padded });
  const geometry = createPieceGeometry(layout);
  const digests = Array.from({ length: geometry.pieceCount }, (_, piece) => {
    const bytes = Buffer.alloc(geometry.pieceSize(piece));
    for (const { fileIndex, fileOffset, length, pieceOffset } of geometry.spans(piece)) {
      const content = tree.files[layout.files.at(fileIndex)?.path.join('/') ?? ''];
      content?.copy(bytes, pieceOffset, fileOffset, fileOffset + length);
    }
    return createHash('sha1').update(bytes).digest();
  });
  return new Uint8Array(Buffer.concat(digests));
}
