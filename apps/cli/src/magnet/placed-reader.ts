import type { ContentReader } from '@shoal/fleet';

/** Collaborators of {@link placedReader}. */
export interface PlacedReaderComponents {
  /** Reads the file from its torrent. */
  readonly ofTorrent: ContentReader;
  /** Resolves when the files are in their places; undefined while nobody moves them. */
  readonly placing: () => Promise<void> | undefined;
  /** Reads the file in its place, from a position on. */
  readonly inPlace: (start: number) => ContentReader;
}

/**
 * Reads a file that is being fetched. Files are moved to their places one by one where others are there already: a read that fails
 * meanwhile waits until that is done, and goes on in the place.
 */
export function placedReader(
  { ofTorrent, placing, inPlace }: PlacedReaderComponents,
  start: number,
): ContentReader {
  let reader = ofTorrent;
  let position = start;

  async function readOn(error: unknown): Promise<Uint8Array | undefined> {
    const placed = placing();
    if (placed === undefined || reader !== ofTorrent) throw error;
    await placed;
    ofTorrent.close();
    reader = inPlace(position);
    return await reader.read();
  }

  return {
    async read() {
      const bytes = await reader.read().catch(readOn);
      position += bytes?.length ?? 0;
      return bytes;
    },
    close: () => reader.close(),
  };
}
