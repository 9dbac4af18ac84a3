import { lstat, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ShoalError } from '@shoal/contracts';
import type { Metainfo } from '@shoal/protocol';
import { asidePath, mergeTree, publishTree, removeTree } from '@shoal/session';
import { Status } from 'nice-grpc-common';

/** Where a torrent is while it is fetched, and then. Both in one directory. */
export interface FetchPaths {
  /** Holds the torrent's entries. */
  readonly incoming: string;
  /** Holds what pieces have of files that are not wanted. */
  readonly aside: string;
  /** Says which pieces are durable. */
  readonly resume: string;
  /** What files are called that say who is fetching it, without their ends. */
  readonly lock: string;
  /** The root of the torrent, or its single file. */
  readonly final: string;
}

/** Paths below `directory`; those of a fetch under way are hidden, and the same for the same torrent. */
export function fetchPaths(directory: string, name: string, infoHash: string): FetchPaths {
  const incoming = join(directory, `.${infoHash}.incoming`);
  const aside = asidePath(incoming);
  const lock = join(directory, `.${infoHash}.lock`);
  return { incoming, aside, resume: `${incoming}.resume`, lock, final: join(directory, name) };
}

/** @throws ShoalError SHOAL_CLI_EXISTS when something has the torrent's name already */
export async function requireAbsent(path: string): Promise<void> {
  if (!(await exists(path))) return;
  throw new ShoalError({
    code: 'SHOAL_CLI_EXISTS',
    status: Status.ALREADY_EXISTS,
    message: `${path} is there already`,
    remedy: 'Nothing was overwritten. Fetch into another directory with --to, or remove what is there.',
  });
}

/** A resume file whose tree is gone would call pieces durable that are not there any more. */
export async function dropOrphanedResume({ incoming, resume }: FetchPaths): Promise<void> {
  if (!(await exists(incoming))) await removeTree(resume);
}

/**
 * Gives what is verified, and durable, its name; adds it to the tree that has the name already.
 * @param onMoved called when the torrent's entries are in another directory
 * @throws ShoalError SHOAL_CLI_EXISTS; StoreError
 */
export async function publishFetched(
  { incoming, aside, resume, final }: FetchPaths,
  metainfo: Metainfo,
  onMoved: (root: string) => void,
): Promise<void> {
  if (metainfo.singleFile) {
    await requireAbsent(final);
    await rename(join(incoming, metainfo.name), join(dirname(incoming), metainfo.name));
    onMoved(dirname(incoming));
    await removeTree(incoming);
  } else if (await exists(final)) {
    await mergeTree(incoming, final);
    onMoved(final);
  } else {
    await publishTree(incoming, final, () => onMoved(final));
  }
  await removeTree(aside);
  await removeTree(resume);
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
