import { createHash } from 'node:crypto';
import {
  BLOCK_SIZE,
  contentDigest,
  createMetainfo,
  FileTreeHasher,
  layOutFiles,
  type ManifestEntry,
  type MetainfoFormat,
  sortManifest,
} from '@shoal/protocol';
import { assignProfile } from '../uploads/profiles.ts';

/** A small build with everything that a client and a seeder make of it. */
export interface TestBuild {
  /** With every root. */
  readonly entries: readonly ManifestEntry[];
  readonly metainfo: Uint8Array;
  readonly contentDigest: Uint8Array;
}

export interface TestBuildInit {
  readonly namespace?: string;
  readonly name: string;
  /** Contents of files by path, components separated by `/`. */
  readonly files: Readonly<Record<string, string>>;
  readonly format?: MetainfoFormat;
  /** Otherwise private, as the swarms of artifacts are. */
  readonly public?: boolean;
}

/** Hashes the files as a seeder does, from their bytes. */
export function makeBuild({
  namespace = 'default',
  name,
  files,
  format,
  public: open = false,
}: TestBuildInit): TestBuild {
  const bare = sortManifest(
    Object.entries(files).map(([path, content]): ManifestEntry => {
      return { kind: 'file', path: path.split('/'), length: Buffer.byteLength(content), executable: false };
    }),
  );
  const profile = { ...assignProfile(bare, namespace, format), private: !open };
  const layers = new Map<string, Uint8Array>();
  const entries = bare.map((entry): ManifestEntry => {
    if (entry.kind === 'symlink' || entry.length === 0) return entry;
    const { piecesRoot, pieceLayer } = treeOf(contentOf(files, entry), profile.pieceLength);
    if (pieceLayer !== undefined) layers.set(Buffer.from(piecesRoot).toString('hex'), pieceLayer);
    return { ...entry, piecesRoot };
  });
  const { bytes } = createMetainfo({
    name,
    entries,
    profile,
    pieceLayers: layers,
    ...(profile.format === 'v2' ? {} : { v1Pieces: v1Pieces(entries, files, profile) }),
  });
  return { entries, metainfo: bytes, contentDigest: contentDigest(entries) };
}

function contentOf(files: Readonly<Record<string, string>>, entry: ManifestEntry): Buffer {
  return Buffer.from(files[entry.path.join('/')] ?? '');
}

function treeOf(content: Buffer, pieceLength: number) {
  const hasher = new FileTreeHasher(pieceLength);
  for (let offset = 0; offset < content.length; offset += BLOCK_SIZE) {
    const block = content.subarray(offset, offset + BLOCK_SIZE);
    hasher.addLeaf(createHash('sha256').update(block).digest());
  }
  return hasher.finish();
}

function v1Pieces(
  entries: readonly ManifestEntry[],
  files: Readonly<Record<string, string>>,
  { format, pieceLength }: { readonly format: MetainfoFormat; readonly pieceLength: number },
): Uint8Array {
  const layout = layOutFiles(entries, { format, pieceLength });
  const space = Buffer.alloc(layout.pieceSpaceLength);
  for (const file of layout.files) contentOf(files, file).copy(space, file.offset);
  const pieces = Array.from({ length: layout.pieceCount }, (_, index) =>
    createHash('sha1')
      .update(space.subarray(index * pieceLength, (index + 1) * pieceLength))
      .digest(),
  );
  return Buffer.concat(pieces);
}
