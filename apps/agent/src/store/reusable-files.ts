import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Metainfo, MetainfoEntry, MetainfoFile } from '@shoal/protocol';
import { MAX_TREES_REUSED } from '../constants.ts';
import { type Layout, partIncomingPath, partPath, publishedPath } from './layout.ts';

/** Collaborators of {@link findReusableFiles}. */
export interface ReusableFilesComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
}

/** Where a file with the content of this one should be: absolute path; `undefined` when no tree has it. */
export type ReusableFiles = (file: MetainfoFile) => string | undefined;

/**
 * Looks for the files of `wanted` in the trees that this host has published, and in the parts of trees that it has, by
 * their v2 roots. Parts of the same content are looked at first, then trees of the same artifact name, then the newest:
 * MAX_TREES_REUSED at most, one metainfo in memory at a time, made anew for each fetch, so that it is never out of date.
 * What the files hold now is not looked at.
 * @param wanted the metainfo of `record`, v2 or hybrid
 * @param into the tree that is to be filled: no source
 * @returns undefined when no tree has any of them
 */
export async function findReusableFiles(
  components: ReusableFilesComponents,
  record: SwarmRecord,
  wanted: Metainfo,
  into: string,
): Promise<ReusableFiles | undefined> {
  const missing = new Set<string>();
  for (const file of wanted.files)
    if (file.kind === 'file' && file.piecesRoot) missing.add(keyOf(file.piecesRoot));
  const found = new Map<string, string>();
  const trees = (await heldTrees(components, record)).filter(({ root }) => root !== into);
  for (const { root, record: held, isPart } of trees.slice(0, MAX_TREES_REUSED)) {
    if (missing.size === 0) break;
    for (const file of await filesOf(components.records, held)) {
      if (file.kind !== 'file' || file.piecesRoot === undefined) continue;
      const key = keyOf(file.piecesRoot);
      const path = join(root, ...file.path);
      if (!missing.has(key) || (isPart && (await madeAt(path)) === undefined)) continue;
      missing.delete(key);
      found.set(key, path);
    }
  }
  if (found.size === 0) return undefined;
  return ({ piecesRoot }) => (piecesRoot === undefined ? undefined : found.get(keyOf(piecesRoot)));
}

interface HeldTree {
  readonly record: SwarmRecord;
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  /** Whether files may not be there. */
  readonly isPart: boolean;
}

/** Trees whose files have v2 roots, the likeliest to share files with `record` first. */
async function heldTrees(
  { layout, records }: ReusableFilesComponents,
  { name, contentDigest }: SwarmRecord,
): Promise<HeldTree[]> {
  const trees: HeldTree[] = [];
  for (const record of await records.list()) {
    if (record.infoHashV2 === undefined) continue;
    const digest = record.contentDigest;
    const published = digest === contentDigest ? undefined : publishedPath(layout, digest);
    for (const root of [published, partPath(layout, digest), partIncomingPath(layout, digest)]) {
      const time = root === undefined ? undefined : await madeAt(root);
      if (root === undefined || time === undefined) continue;
      trees.push({ record, root, madeAt: time, isPart: root !== published });
      // It has what a part of it has.
      if (root === published) break;
    }
  }
  const distance = ({ record }: HeldTree): number => {
    if (record.contentDigest === contentDigest) return 0;
    return record.name === name ? 1 : 2;
  };
  return trees.sort((a, b) => distance(a) - distance(b) || b.madeAt - a.madeAt);
}

/** When a file or directory was changed last, in milliseconds since 1970; `undefined` when it is not there. */
async function madeAt(path: string): Promise<number | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found?.mtimeMs;
}

/** A tree whose metainfo is gone or damaged has nothing to give. */
async function filesOf(records: SwarmRecords, { key }: SwarmRecord): Promise<Iterable<MetainfoEntry>> {
  try {
    return (await records.metainfo(key)).files;
  } catch {
    return [];
  }
}

/** A root as a key of a map: 32 characters. */
function keyOf(root: Uint8Array): string {
  return Buffer.from(root.buffer, root.byteOffset, root.byteLength).toString('latin1');
}
