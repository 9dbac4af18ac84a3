import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type ContentReader,
  openTreeReader,
  type Scrubber,
  type StreamedContent,
  type SwarmMembers,
  type SwarmRecord,
} from '@shoal/fleet';
import type { MetainfoFile } from '@shoal/protocol';
import type { Clock } from '@shoal/service';
import type { DirectoryStoreComponents, OpenReaderOptions } from '@shoal/session';
import { type Layout, partPath, publishedPath } from '../store/layout.ts';
import { isPublished } from '../store/publish.ts';
import { MovingReader } from './moving-reader.ts';

/** Collaborators of {@link artifactContent}. */
export interface ArtifactContentComponents {
  readonly layout: Layout;
  readonly members: Pick<SwarmMembers, 'get'>;
  readonly store: Pick<DirectoryStoreComponents, 'files'>;
  readonly scrubber: Pick<Scrubber, 'damaged'>;
  readonly clock: Clock;
}

/**
 * The files of an artifact wherever the host has them at the moment: in the published tree, in a part of it, or in the
 * torrent that is fetching or repairing it.
 */
export function artifactContent(
  components: ArtifactContentComponents,
  { key, contentDigest: digest }: SwarmRecord,
): StreamedContent {
  const { layout, members, store, scrubber, clock } = components;

  async function open(
    file: MetainfoFile,
    range: Required<OpenReaderOptions>,
  ): Promise<ContentReader | undefined> {
    const tree = await treeOf(file);
    if (tree !== undefined) return openTreeReader(store.files, tree, file, range);
    return members.get(key)?.torrent.openReader(file, range);
  }

  /** Root of a tree that has the file, verified. */
  async function treeOf(file: MetainfoFile): Promise<string | undefined> {
    if (await isPublished(layout, digest)) {
      return scrubber.damaged.has(digest) ? undefined : publishedPath(layout, digest);
    }
    const part = partPath(layout, digest);
    const found = await lstat(join(part, ...file.path)).catch(() => undefined);
    return found?.isFile() === true && found.size === file.length ? part : undefined;
  }

  return {
    openReader: (file, options) => new MovingReader({ clock, open: (range) => open(file, range) }, options),
  };
}
