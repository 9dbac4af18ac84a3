import { randomFillSync } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, readlink, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { Metainfo, MetainfoFormat } from '@shoal/protocol';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { AddTorrent } from './api/add-torrent.ts';
import type { Priority } from './api/selection.ts';
import type { Session } from './api/session.ts';
import type { Torrent } from './api/torrent.ts';
import { createTorrent } from './storage/create-torrent.ts';
import { asidePath } from './storage/file-placement.ts';
import { TestSessions } from './test-sessions.ts';

const KIB = 1_024;
const PIECE = 16 * KIB;
const NO_PROGRESS = 10_000;

let sessions: TestSessions;

beforeAll(async () => {
  sessions = await TestSessions.create();
});
afterEach(() => sessions.closeSessions());
afterAll(() => sessions.dispose());

interface Source {
  readonly root: string;
  readonly metainfo: Metainfo;
}

/** A tree of files of these sizes, and a symlink to each that is in a directory. */
async function makeSource(sizes: Readonly<Record<string, number>>, format: MetainfoFormat): Promise<Source> {
  const root = await sessions.newDirectory();
  for (const [path, size] of Object.entries(sizes)) {
    const file = join(root, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, randomFillSync(Buffer.alloc(size)));
    const [directory, name] = path.split('/');
    if (name !== undefined) await symlink(relative(root, file), join(root, `link-${directory}-${name}`));
  }
  const { metainfo } = await createTorrent(root, { pool: sessions.pool, format, pieceLength: PIECE });
  return { root, metainfo };
}

async function start(
  { metainfo }: Source,
  root: string,
  options: Partial<AddTorrent> & Pick<AddTorrent, 'have'>,
): Promise<{ session: Session; torrent: Torrent }> {
  const session = await sessions.start({ peerClass: options.have === 'all' ? 'seeder' : 'agent' });
  const torrent = sessions.add(session, metainfo, root, options);
  return { session, torrent };
}

async function fetchFrom(source: Source, root: string, options: Partial<AddTorrent> = {}): Promise<Torrent> {
  const seeder = await start(source, source.root, { have: 'all' });
  const { torrent } = await start(source, root, { have: 'none', ...options });
  torrent.addPeers([seeder.session.address]);
  return torrent;
}

/** Priorities by path; those that are not named are not wanted. */
function priorities(of: Readonly<Record<string, Priority>>): AddTorrent['priorities'] & object {
  return { ofFile: ({ path }) => of[path.join('/')] ?? 0 };
}

/** Everything below a directory: what symlinks say, and the content of files. */
async function contentOf(root: string): Promise<Map<string, string | Buffer>> {
  const found = new Map<string, string | Buffer>();
  for (const name of await readdir(root, { recursive: true })) {
    const path = join(root, name);
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) found.set(name, await readlink(path));
    else if (stats.isFile()) found.set(name, await readFile(path));
    else if ((await readdir(path)).length === 0) found.set(name, 'an empty directory');
  }
  return found;
}

/** Expects a tree to hold the wanted entries of the source, and nothing else. */
async function expectOnly(root: string, source: Source, wanted: (path: string) => boolean): Promise<void> {
  const all = await contentOf(source.root);
  const expected = new Map([...all].filter(([path]) => wanted(path)));
  const actual = await contentOf(root);
  expect([...actual.keys()].sort()).toEqual([...expected.keys()].sort());
  for (const [path, content] of expected) expect(actual.get(path), path).toEqual(content);
}

describe('a part of a v1 torrent, whose pieces hold parts of several files', () => {
  // Pieces: 0 is of a and b, 1 of b, c and d, 2 of d.
  const SIZES = { 'x/a': 10 * KIB, 'x/b': 10 * KIB, 'y/c': 2 * KIB, 'y/d': 20 * KIB };

  it('verifies pieces whole, and shows nothing of files that are not wanted', async () => {
    const source = await makeSource(SIZES, 'v1');
    const root = await sessions.newDirectory();
    const torrent = await fetchFrom(source, root, { priorities: priorities({ 'y/c': 4 }) });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, (path) => path === 'y/c');
    expect(torrent.progress()).toMatchObject({
      piecesDone: 1,
      piecesTotal: 3,
      wanted: { pieces: 1, piecesDone: 1, bytes: PIECE, bytesDone: PIECE },
    });
    // By index: four symlinks come first.
    expect((await readdir(asidePath(root))).sort()).toEqual(['5', '7']);
    // Sparse: as much as the piece has of it.
    expect((await lstat(join(asidePath(root), '7'))).blocks * 512).toBeLessThan(16 * KIB);
  });

  it('moves what it has of a file in its place when the file is wanted later, and fetches the rest alone', async () => {
    const source = await makeSource(SIZES, 'v1');
    const root = await sessions.newDirectory();
    const torrent = await fetchFrom(source, root, { priorities: priorities({ 'y/c': 4 }) });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });

    torrent.setPriorities(priorities({ 'y/c': 4, 'x/b': 7 }));
    expect(torrent.progress().wanted).toMatchObject({ pieces: 2, piecesDone: 1 });
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, (path) => ['y/c', 'x/b'].includes(path));

    torrent.setPriorities({});
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, () => true);
    expect(torrent.progress().downloaded.fromSeeders).toBe(source.metainfo.totalSize);
    expect(await readdir(asidePath(root))).toEqual([]);
  });

  it('takes a file out of the tree that is not wanted any more, and puts it back without fetching it again', async () => {
    const source = await makeSource(SIZES, 'v1');
    const root = await sessions.newDirectory();
    const torrent = await fetchFrom(source, root);
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    torrent.setPriorities(priorities({ 'y/d': 1, 'link-y-d': 1 }));
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, (path) => ['y/d', 'link-y-d'].includes(path));
    torrent.setPriorities({});
    await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, () => true);
    expect(torrent.progress().downloaded.fromSeeders).toBe(source.metainfo.totalSize);
  });

  it('goes on after a restart, with another selection, without fetching anything twice', async () => {
    const source = await makeSource(SIZES, 'v1');
    const root = await sessions.newDirectory();
    const resumePath = `${root}.resume`;
    const first = await fetchFrom(source, root, { priorities: priorities({ 'x/b': 4 }), resumePath });
    await first.whenComplete({ noProgressMs: NO_PROGRESS });
    await sessions.closeSessions();
    const second = await fetchFrom(source, root, { priorities: priorities({ 'y/d': 4 }), resumePath });
    await second.whenComplete({ noProgressMs: NO_PROGRESS });
    await expectOnly(root, source, (path) => path === 'y/d');
    // Pieces 0 and 1 were there.
    expect(second.progress().downloaded.fromSeeders).toBe(source.metainfo.totalSize - 2 * PIECE);
  });
});

it('makes symlinks when everything is verified, not before', async () => {
  const source = await makeSource({ 'x/a': 3 * PIECE }, 'hybrid');
  const root = await sessions.newDirectory();
  const { torrent } = await start(source, root, { have: 'none' });
  const seeder = await start(source, source.root, { have: 'all' });
  while (torrent.progress().piecesTotal === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(await readdir(root)).toEqual(['x']);
  torrent.addPeers([seeder.session.address]);
  await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
  await expectOnly(root, source, () => true);
});

it('fails with the error of the disk, and arranges the files once it is gone', async () => {
  const source = await makeSource({ a: PIECE, 'x/b': PIECE }, 'v2');
  const root = await sessions.newDirectory();
  const torrent = await fetchFrom(source, root, { priorities: priorities({ a: 4 }) });
  await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
  await writeFile(join(root, 'x'), 'in the way');
  torrent.setPriorities({});
  await expect(torrent.whenComplete({ noProgressMs: NO_PROGRESS })).rejects.toMatchObject({
    code: 'SHOAL_STORE_IO',
  });
  await rm(join(root, 'x'));
  while (torrent.progress().state === 'failed') await new Promise((resolve) => setTimeout(resolve, 20));
  await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
  await expectOnly(root, source, () => true);
});

it('ends with the wanted files alone, whatever was wanted before', async () => {
  const anySizes = fc.array(fc.integer({ min: 0, max: 3 * PIECE }), { minLength: 2, maxLength: 7 });
  /** A bit for each entry, and whether that is waited for, or interrupted by a restart. */
  const anyStep = fc.record({
    wanted: fc.integer({ min: 0, max: 2 ** 14 - 1 }),
    then: fc.constantFrom('wait', 'go on', 'restart'),
  });
  const anyFormat = fc.constantFrom('v1', 'v2', 'hybrid');
  await fc.assert(
    fc.asyncProperty(
      anySizes,
      anyFormat,
      fc.array(anyStep, { minLength: 1, maxLength: 5 }),
      async (lengths, format, steps) => {
        const sizes = Object.fromEntries(lengths.map((size, at) => [`${'xyz'[at % 3]}/f${at}`, size]));
        const source = await makeSource({ ...sizes, last: 1 }, format);
        const root = await sessions.newDirectory();
        const options = { resumePath: `${root}.resume` };
        let torrent: Torrent | undefined;
        let isWanted: (path: string) => boolean = () => false;
        for (const { wanted, then } of steps) {
          const names = Array.from(source.metainfo.files, ({ path }) => path.join('/'));
          isWanted = (path) => ((wanted >> (names.indexOf(path) % 14)) & 1) === 1;
          const selection: AddTorrent['priorities'] = {
            ofFile: ({ path }) => (isWanted(path.join('/')) ? 4 : 0),
          };
          if (torrent === undefined)
            torrent = await fetchFrom(source, root, { ...options, priorities: selection });
          else torrent.setPriorities(selection);
          if (then === 'wait') await torrent.whenComplete({ noProgressMs: NO_PROGRESS });
          if (then !== 'restart') continue;
          await sessions.closeSessions();
          torrent = await fetchFrom(source, root, { ...options, priorities: selection });
        }
        await torrent?.whenComplete({ noProgressMs: NO_PROGRESS });
        await expectOnly(root, source, isWanted);
        await sessions.closeSessions();
      },
    ),
    { numRuns: 25, seed: 7 },
  );
}, 60_000);
