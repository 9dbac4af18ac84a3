import { ManifestChunk, ManifestEntry as ManifestMessage } from '@shoal/contracts';
import type { ManifestEntry } from '@shoal/protocol';
import { UploadError } from '../errors.ts';

/** The entries of a chunk as the rest of the code knows them; their rules are checked by `validateManifest`. */
export function entriesOf(chunk: ManifestChunk): ManifestEntry[] {
  return chunk.entries.map(entryOf);
}

function entryOf({ path, kind }: ManifestMessage): ManifestEntry {
  if (kind?.$case === 'symlink') return { kind: 'symlink', path, target: kind.value.target };
  if (kind?.$case !== 'file') {
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', `${path.join('/')} is neither a file nor a symlink`);
  }
  const { executable, piecesRoot } = kind.value;
  const file = { kind: 'file', path, length: Number(kind.value.length), executable } as const;
  return piecesRoot.length === 0 ? file : { ...file, piecesRoot };
}

/** The message of an entry. */
function messageOf(entry: ManifestEntry): ManifestMessage {
  const path = [...entry.path];
  if (entry.kind === 'symlink') {
    return ManifestMessage.fromPartial({
      path,
      kind: { $case: 'symlink', value: { target: [...entry.target] } },
    });
  }
  const { length, executable, piecesRoot } = entry;
  const value = { length, executable, ...(piecesRoot && { piecesRoot }) };
  return ManifestMessage.fromPartial({ path, kind: { $case: 'file', value } });
}

/** Whether two manifests say the same, root for root. */
export function sameManifest(a: readonly ManifestEntry[], b: readonly ManifestEntry[]): boolean {
  return Buffer.compare(encodeManifest(a), encodeManifest(b)) === 0;
}

/** A manifest as it is kept in a file: one ManifestChunk. */
export function encodeManifest(manifest: readonly ManifestEntry[]): Uint8Array {
  return ManifestChunk.encode({ entries: manifest.map(messageOf) }).finish();
}
