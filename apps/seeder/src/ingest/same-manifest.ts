import { type Entries, isSameEntry, type ManifestEntry } from '@shoal/protocol';

/** Whether two manifests say the same, root for root. */
export function sameManifest(a: Entries, b: Entries): boolean {
  if (a.length !== b.length) return false;
  let index = 0;
  for (const entry of a) {
    const twin = b.at(index++);
    if (twin === undefined || !isSameEntry(entry, twin)) return false;
    if (Buffer.compare(rootOf(entry), rootOf(twin)) !== 0) return false;
  }
  return true;
}

function rootOf(entry: ManifestEntry): Uint8Array {
  return (entry.kind === 'file' ? entry.piecesRoot : undefined) ?? new Uint8Array();
}
