import { BinaryReader, ManifestChunk, ManifestEntry as EntryMessage } from '@shoal/contracts';
import { type Entries, EntryTable, type ManifestEntry } from '@shoal/protocol';
import { MANIFEST_CHUNK_ENTRIES, MANIFEST_CHUNK_PATH_BYTES } from '../constants.ts';
import { FleetError } from '../errors.ts';

/** A manifest in the messages of the contracts: as it is pushed, opened at a seeder, and kept. */

/** Number of `ManifestChunk.entries`. */
const ENTRIES_FIELD = 1;

/**
 * The entries of a chunk; their rules are checked by `validateManifest`.
 * @throws FleetError SHOAL_MANIFEST_ENTRY_KIND when one is neither a file nor a symlink
 */
export function entriesOf(chunk: ManifestChunk): ManifestEntry[] {
  return chunk.entries.map(entryOf);
}

function entryOf({ path, kind }: EntryMessage): ManifestEntry {
  switch (kind?.$case) {
    case 'symlink':
      return { kind: 'symlink', path, target: kind.value.target };
    case 'file': {
      const { executable, piecesRoot } = kind.value;
      // Beyond 2^53 the number is no safe integer any more, and so refused by validateManifest.
      const file = { kind: 'file', path, length: Number(kind.value.length), executable } as const;
      return piecesRoot.length === 0 ? file : { ...file, piecesRoot };
    }
    case undefined:
      throw new FleetError(
        'SHOAL_MANIFEST_ENTRY_KIND',
        `manifest entry ${JSON.stringify(path.join('/'))} is neither a file nor a symlink`,
      );
  }
}

function messageOf(entry: ManifestEntry): EntryMessage {
  const path = [...entry.path];
  if (entry.kind === 'symlink') {
    return { path, kind: { $case: 'symlink', value: { target: [...entry.target] } } };
  }
  const { length, executable, piecesRoot = new Uint8Array() } = entry;
  return { path, kind: { $case: 'file', value: { length: BigInt(length), executable, piecesRoot } } };
}

/** A manifest as it is kept: one protobuf ManifestChunk. Equal manifests give equal bytes. */
export function encodeManifest(entries: Entries): Uint8Array {
  // Messages of one type that follow each other are one message with the entries of both.
  return Buffer.concat(Array.from(manifestChunks(entries), (chunk) => ManifestChunk.encode(chunk).finish()));
}

/**
 * The manifest that {@link encodeManifest} wrote. It is read entry by entry: as one message it would take ten times its size.
 * @throws FleetError SHOAL_MANIFEST_ENTRY_KIND; Error when it is no protobuf
 */
export function decodeManifest(bytes: Uint8Array): Entries {
  const reader = new BinaryReader(bytes);
  const entries = new EntryTable();
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === ENTRIES_FIELD) entries.append(entryOf(EntryMessage.decode(reader.bytes())));
    else reader.skip(type);
  }
  return entries;
}

/** A manifest as the messages it travels in, each below 1 MiB. */
export function* manifestChunks(entries: Entries): Generator<ManifestChunk> {
  let chunk: EntryMessage[] = [];
  let pathBytes = 0;
  for (const entry of entries) {
    chunk.push(messageOf(entry));
    pathBytes += textBytes(entry.path) + (entry.kind === 'symlink' ? textBytes(entry.target) : 0);
    if (chunk.length >= MANIFEST_CHUNK_ENTRIES || pathBytes >= MANIFEST_CHUNK_PATH_BYTES) {
      yield { entries: chunk };
      chunk = [];
      pathBytes = 0;
    }
  }
  if (chunk.length > 0) yield { entries: chunk };
}

function textBytes(components: readonly string[]): number {
  return components.reduce((sum, component) => sum + Buffer.byteLength(component), 0);
}
