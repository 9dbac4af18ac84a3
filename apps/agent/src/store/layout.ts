import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DigestHex } from '@shoal/fleet';

/**
 * Where an agent keeps what it has. `store`, `incoming`, `parts`, `repairs` and `live` must be on one file system: trees move between them by
 * rename.
 */
export interface Layout {
  /** Published trees, one directory each, named by digest. Complete and verified, or not there. */
  readonly store: string;
  /** Trees that are being fetched, and beside each its resume file. */
  readonly incoming: string;
  /** Parts of trees that somebody on the host asked for, named by the digest of the whole; links to those that are published by now. */
  readonly parts: string;
  /** New files of published trees that are being repaired. */
  readonly repairs: string;
  /** One symlink for each artifact name, to the tree that is live. */
  readonly live: string;
  /** Swarm records and their metainfo. */
  readonly meta: string;
  /** Directives and reports that must outlive a crash. */
  readonly state: string;
}

/** Makes the directories of an agent under `dataDir`, which becomes absolute. */
export async function openLayout(dataDir: string): Promise<Layout> {
  const root = resolve(dataDir);
  const at = (name: string): string => join(root, name);
  const layout = {
    store: at('store'),
    incoming: at('incoming'),
    parts: at('parts'),
    repairs: at('repairs'),
    live: at('live'),
    meta: at('meta'),
    state: at('state'),
  };
  for (const directory of Object.values(layout)) await mkdir(directory, { recursive: true });
  return layout;
}

/** Where a tree is once published. */
export function publishedPath(layout: Layout, digest: DigestHex): string {
  return join(layout.store, digest);
}

/** Where a tree is while it is fetched. */
export function incomingPath(layout: Layout, digest: DigestHex): string {
  return join(layout.incoming, digest);
}

/** The file that says which pieces of a tree that is being fetched are durable. */
export function resumePath(layout: Layout, digest: DigestHex): string {
  return join(layout.incoming, `${digest}.resume`);
}

/** Where the part of a tree is that was asked for: every file of it whole and verified. */
export function partPath(layout: Layout, digest: DigestHex): string {
  return join(layout.parts, digest);
}

/** Where a part is while it is being removed. */
export function partRemovedPath(layout: Layout, digest: DigestHex): string {
  return join(layout.parts, `${digest}.removed`);
}

/** Where files are while they are fetched for a part. */
export function partIncomingPath(layout: Layout, digest: DigestHex): string {
  return join(layout.parts, `${digest}.incoming`);
}

/** The file that says which pieces of them are durable. */
export function partResumePath(layout: Layout, digest: DigestHex): string {
  return join(layout.parts, `${digest}.incoming.resume`);
}
