import type { Entries, ManifestEntry } from '../manifest/manifest.ts';
import type { MetainfoEntry } from './metainfo.ts';

/** The entries of a torrent: those of a manifest, at their places in piece space. */
export class PlacedEntries implements Entries<MetainfoEntry> {
  readonly #entries: Entries;
  readonly #offsets: Float64Array;

  /** @param offsets of each entry in piece space, in bytes */
  constructor(entries: Entries, offsets: Float64Array) {
    this.#entries = entries;
    this.#offsets = offsets;
  }

  get length(): number {
    return this.#entries.length;
  }

  at(index: number): MetainfoEntry | undefined {
    const entry = this.#entries.at(index);
    return entry && this.#place(entry, index);
  }

  *[Symbol.iterator](): Generator<MetainfoEntry, undefined> {
    let index = 0;
    for (const entry of this.#entries) yield this.#place(entry, index++);
    return undefined;
  }

  #place(entry: ManifestEntry, index: number): MetainfoEntry {
    const offset = this.#offsets[index] ?? 0;
    return entry.kind === 'symlink' ? { ...entry, index, offset, length: 0 } : { ...entry, index, offset };
  }
}
