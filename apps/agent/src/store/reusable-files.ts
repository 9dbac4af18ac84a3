import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Metainfo, MetainfoEntry, MetainfoFile } from '@shoal/protocol';
import { MAX_TREES_REUSED } from '../constants.ts';
import { type Layout, publishedPath } from './layout.ts';

/** Collaborators of {@link findReusableFiles}. */
export interface ReusableFilesComponents {
  readonly layout: Layout;
  readonly records: SwarmRecords;
}

/** Where a file with the content of this one should be: absolute path; `undefined` when no tree has it. */
export type ReusableFiles = (file: MetainfoFile) => string | undefined;

/**
 * Looks for the files of `wanted` in the trees that this host has published, by their v2 roots. Trees of the same artifact
 * name are looked at first, then the newest: MAX_TREES_REUSED at most, one metainfo in memory at a time, made anew for each
 * fetch, so that it is never out of date. What the files hold now is not looked at.
 * @param wanted the metainfo of `record`, v2 or hybrid
 * @returns undefined when no tree has any of them
 */
export async function findReusableFiles(
  components: ReusableFilesComponents,
  record: SwarmRecord,
  wanted: Metainfo,
): Promise<ReusableFiles | undefined> {
  const missing = new Set<string>();
  for (const file of wanted.files)
    if (file.kind === 'file' && file.piecesRoot) missing.add(keyOf(file.piecesRoot));
  const found = new Map<string, string>();
  for (const { root, record: held } of await publishedTrees(components, record)) {
    if (missing.size === 0) break;
    for (const file of await filesOf(components.records, held)) {
      if (file.kind !== 'file' || file.piecesRoot === undefined) continue;
      const key = keyOf(file.piecesRoot);
      if (missing.delete(key)) found.set(key, join(root, ...file.path));
    }
  }
  if (found.size === 0) return undefined;
  return ({ piecesRoot }) => (piecesRoot === undefined ? undefined : found.get(keyOf(piecesRoot)));
}

interface PublishedTree {
  readonly record: SwarmRecord;
  readonly root: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
}

/** Published trees whose files have v2 roots, the likeliest to share files with `record` first. */
async function publishedTrees(
  { layout, records }: ReusableFilesComponents,
  { name, contentDigest }: SwarmRecord,
): Promise<PublishedTree[]> {
  const trees: PublishedTree[] = [];
  for (const record of await records.list()) {
    if (record.infoHashV2 === undefined || record.contentDigest === contentDigest) continue;
    const root = publishedPath(layout, record.contentDigest);
    const found = await stat(root).catch(() => undefined);
    if (found?.isDirectory() === true) trees.push({ record, root, madeAt: found.mtimeMs });
  }
  const others = ({ record }: PublishedTree): number => (record.name === name ? 0 : 1);
  trees.sort((a, b) => others(a) - others(b) || b.madeAt - a.madeAt);
  return trees.slice(0, MAX_TREES_REUSED);
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
