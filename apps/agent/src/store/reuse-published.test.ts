import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DigestHex,
  openSwarmRecords,
  type SwarmRecord,
  type SwarmRecords,
  swarmKeyOf,
} from '@shoal/fleet';
import { createHashPool, createTorrent } from '@shoal/session';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { MAX_TREES_REUSED } from '../constants.ts';
import { type Layout, openLayout, publishedPath, resumePath } from './layout.ts';
import { findReusableFiles } from './reusable-files.ts';
import { reusePublished } from './reuse-published.ts';

type Tree = Readonly<Record<string, string>>;

const pool = createHashPool();
let directory: string;
let layout: Layout;
let records: SwarmRecords;
let trees = 0;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'shoal-reuse-'));
  layout = await openLayout(join(directory, 'agent'));
  records = await openSwarmRecords(layout.meta);
});
afterEach(() => rm(directory, { recursive: true }));
afterAll(() => pool.close());

async function writeTree(root: string, tree: Tree): Promise<void> {
  await mkdir(root, { recursive: true });
  for (const [path, content] of Object.entries(tree)) await writeFile(join(root, path), content);
}

/** Keeps the swarm of a tree, as after it was resolved. */
async function keep(name: string, tree: Tree, format: 'v1' | 'v2' = 'v2'): Promise<SwarmRecord> {
  trees += 1;
  const source = join(directory, `source-${trees}`);
  await writeTree(source, tree);
  const { metainfo, bytes } = await createTorrent(source, { pool, format, name });
  const { infoHashV1, infoHashV2 } = metainfo;
  const record: SwarmRecord = {
    key: swarmKeyOf(metainfo),
    namespace: 'default',
    name,
    version: '1',
    contentDigest: trees.toString(16).padStart(64, '0') as DigestHex,
    ...(infoHashV1 && { infoHashV1: Buffer.from(infoHashV1).toString('hex') }),
    ...(infoHashV2 && { infoHashV2: Buffer.from(infoHashV2).toString('hex') }),
    size: metainfo.totalSize,
    grant: '',
    grantedAt: 0,
    grantExpiresAt: 0,
    trackerEndpoints: [],
  };
  await records.save(record, bytes);
  return record;
}

/** Makes a tree published; it was made so many minutes after 1970. */
async function publish(name: string, tree: Tree, minute = 0, format: 'v1' | 'v2' = 'v2'): Promise<string> {
  const root = publishedPath(layout, (await keep(name, tree, format)).contentDigest);
  await writeTree(root, tree);
  await utimes(root, minute * 60, minute * 60);
  return root;
}

/** Where the files of `record` would be taken from, by their names. */
async function sourcesOf(record: SwarmRecord): Promise<Record<string, string>> {
  const metainfo = await records.metainfo(record.key);
  const sourceOf = await findReusableFiles({ layout, records }, record, metainfo, 'nowhere');
  const sources: Record<string, string> = {};
  for (const file of metainfo.files) {
    const source = file.kind === 'file' ? sourceOf?.(file) : undefined;
    if (source !== undefined) sources[file.path.join('/')] = source;
  }
  return sources;
}

describe('findReusableFiles', () => {
  it('finds files by content, wherever they are, and none that is empty', async () => {
    const root = await publish('web', { 'old-name': 'same', other: 'other', empty: '' });
    const next = await keep('web', { 'new-name': 'same', twice: 'same', changed: 'changed', empty: '' });
    const source = join(root, 'old-name');
    expect(await sourcesOf(next)).toEqual({ 'new-name': source, twice: source });
  });

  it('prefers trees of the same artifact, then the newest', async () => {
    const older = await publish('web', { a: 'a', b: 'b' }, 1);
    const newer = await publish('web', { b: 'b', c: '1' }, 2);
    const other = await publish('api', { a: 'a', b: 'b', d: 'd' }, 3);
    const next = await keep('web', { a: 'a', b: 'b', d: 'd' });
    expect(await sourcesOf(next)).toEqual({
      a: join(older, 'a'),
      b: join(newer, 'b'),
      d: join(other, 'd'),
    });
  });

  it('looks at a bounded number of trees', async () => {
    for (let minute = 0; minute <= MAX_TREES_REUSED; minute += 1)
      await publish('web', { [`${minute}`]: `content ${minute}` }, minute);
    const next = await keep('web', { oldest: 'content 0', second: 'content 1' });
    expect(Object.keys(await sourcesOf(next))).toEqual(['second']);
  });

  it('leaves out v1 trees, unpublished ones, and those whose metainfo is damaged', async () => {
    const tree = { a: 'a' };
    await publish('web', { ...tree, b: '1' }, 1, 'v1');
    await keep('web', { ...tree, b: '2' });
    const damaged = await keep('web', { ...tree, b: '3' });
    await writeTree(publishedPath(layout, damaged.contentDigest), tree);
    await writeFile(records.metainfoPath(damaged.key), 'nonsense');
    expect(await sourcesOf(await keep('web', tree))).toEqual({});
  });
});

describe('reusePublished', () => {
  async function reuse(record: SwarmRecord) {
    let bytes = 0;
    const init = { onReused: (count: number) => (bytes += count), signal: new AbortController().signal };
    const have = await reusePublished({ layout, records, pool }, record, init);
    return { pieces: have === 'none' ? 'none' : have.count, bytes };
  }

  it('starts a tree with what is there', async () => {
    await publish('web', { a: 'same', b: 'old' });
    expect(await reuse(await keep('web', { a: 'same', b: 'new' }))).toEqual({ pieces: 1, bytes: 4 });
  });

  it('does nothing for what an earlier run began, for v1, and for new content', async () => {
    await publish('web', { a: 'same', b: 'old' });
    const begun = await keep('web', { a: 'same', b: 'new' });
    await writeFile(resumePath(layout, begun.contentDigest), '');
    const nothing = { pieces: 'none', bytes: 0 };
    expect(await reuse(begun)).toEqual(nothing);
    expect(await reuse(await keep('web', { a: 'same' }, 'v1'))).toEqual(nothing);
    expect(await reuse(await keep('web', { a: 'all new' }))).toEqual(nothing);
  });
});
