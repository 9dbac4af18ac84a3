import type { ManifestChunk } from '@shoal/contracts';
import { entriesOf } from '@shoal/fleet';
import { type Entries, EntryTable, type ManifestEntry, validateManifest } from '@shoal/protocol';
import { MAX_MANIFEST_BYTES } from '../constants.ts';
import { UploadError } from '../errors.ts';

/** Puts a manifest together from its messages, within MAX_MANIFEST_BYTES. */
export class ManifestReader {
  readonly #entries = new EntryTable();
  #bytes = 0;

  /** @throws UploadError SHOAL_UPLOAD_MANIFEST_TOO_LARGE; FleetError SHOAL_MANIFEST_ENTRY_KIND */
  add(chunk: ManifestChunk): void {
    const entries = entriesOf(chunk);
    this.#bytes += sizeOf(entries);
    if (this.#bytes > MAX_MANIFEST_BYTES) throw tooLarge();
    for (const entry of entries) this.#entries.append(entry);
  }

  /** @throws ManifestError when the entries are no valid manifest */
  finish(): Entries {
    validateManifest(this.#entries);
    return this.#entries;
  }
}

/** What entries take in memory, roughly: the text of their paths, and what every entry has. */
function sizeOf(entries: readonly ManifestEntry[]): number {
  const perEntry = 64;
  return entries.reduce(
    (sum, { path }) => path.reduce((chars, part) => chars + part.length, sum + perEntry),
    0,
  );
}

function tooLarge(): UploadError {
  return new UploadError(
    'SHOAL_UPLOAD_MANIFEST_TOO_LARGE',
    `the manifest takes more than ${MAX_MANIFEST_BYTES} bytes`,
  );
}
