import type { ManifestChunk, ManifestEntry as ManifestEntryMessage } from '@shoal/contracts';
import type { ManifestEntry } from '@shoal/protocol';
import { MANIFEST_CHUNK_ENTRIES, MANIFEST_CHUNK_PATH_BYTES } from './constants.ts';

/** A manifest as the messages it travels in, each well below gRPC's limit of 4 MiB. */
export function* manifestChunks(entries: readonly ManifestEntry[]): Generator<ManifestChunk> {
  let chunk: ManifestEntryMessage[] = [];
  let pathBytes = 0;
  for (const entry of entries) {
    const message = entryMessage(entry);
    chunk.push(message);
    pathBytes += textBytes(entry.path) + (entry.kind === 'symlink' ? textBytes(entry.target) : 0);
    if (chunk.length >= MANIFEST_CHUNK_ENTRIES || pathBytes >= MANIFEST_CHUNK_PATH_BYTES) {
      yield { entries: chunk };
      chunk = [];
      pathBytes = 0;
    }
  }
  if (chunk.length > 0) yield { entries: chunk };
}

function entryMessage(entry: ManifestEntry): ManifestEntryMessage {
  const path = [...entry.path];
  if (entry.kind === 'symlink')
    return { path, kind: { $case: 'symlink', value: { target: [...entry.target] } } };
  const { length, executable, piecesRoot = new Uint8Array() } = entry;
  return { path, kind: { $case: 'file', value: { length: BigInt(length), executable, piecesRoot } } };
}

function textBytes(path: readonly string[]): number {
  return path.reduce((sum, component) => sum + Buffer.byteLength(component), 0);
}
