import { execFileSync } from 'node:child_process';
import { chmod, mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { scanTree } from './scan-tree.ts';
import { temporaryDirectory, VARIED_TREE, writeTree } from './tree-fixture.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let root: string;
beforeEach(async () => {
  directory = await temporaryDirectory();
  root = join(directory.path, 'root');
  await mkdir(root);
  await writeFile(join(root, 'file'), 'content');
});
afterEach(async () => {
  await directory.remove();
});

async function targetsOf(path: string): Promise<Record<string, string>> {
  const { entries } = await scanTree(path);
  const links = entries.filter((entry) => entry.kind === 'symlink');
  return Object.fromEntries(links.map((link) => [link.path.join('/'), link.target.join('/')]));
}

describe('scanTree', () => {
  it('lists a tree in canonical order: by UTF-8 bytes, component by component', async () => {
    await writeTree(root, VARIED_TREE);
    const paths = (await scanTree(root)).entries.map((entry) => entry.path.join('\0'));
    const sorted = paths.map((path) => Buffer.from(path)).sort((a, b) => Buffer.compare(a, b));
    expect(paths).toEqual(sorted.map(String));
    expect(paths).toHaveLength(Object.keys(VARIED_TREE).length + 1);
  });

  it('takes a single file', async () => {
    const { root: found, entries } = await scanTree(join(root, 'file'));
    expect(found).toBe(root);
    expect(entries).toEqual([{ kind: 'file', path: ['file'], length: 7, executable: false }]);
  });

  it.each([
    [0o4755, true],
    [0o700, true],
    [0o664, false],
    [0o611, false],
  ])('takes a file of mode %o as executable: %s', async (mode, executable) => {
    await chmod(join(root, 'file'), mode);
    expect((await scanTree(root)).entries).toMatchObject([{ executable }]);
  });

  it('keeps symlinks as they are spelled, relative to the root', async () => {
    await writeTree(root, {
      'a/b/c': new Uint8Array(1),
      'a/up': { link: 'b/../../file' },
      'a/to-up': { link: 'up' },
    });
    await writeTree(root, { d: { link: 'a/b' }, 'a/b/self': { link: './../b/c' } });
    expect(await targetsOf(root)).toEqual({
      'a/up': 'file',
      'a/to-up': 'a/up',
      d: 'a/b',
      'a/b/self': 'a/b/c',
    });
  });

  it('resolves a symlink that leads through another one', async () => {
    // "d/.." is "a", not the root: what the spelling seems to say would be another file.
    await writeTree(root, { 'a/b/c': new Uint8Array(1), 'a/file': new Uint8Array(2), d: { link: 'a/b' } });
    await writeTree(root, { through: { link: 'd/c' }, back: { link: 'd/../file' } });
    expect(await targetsOf(root)).toEqual({ d: 'a/b', through: 'a/b/c', back: 'a/file' });
  });

  it.each<[string, string, string]>([
    ['an empty directory', 'mkdir bad', 'SHOAL_TREE_EMPTY_DIRECTORY'],
    ['a directory with an empty one in it', 'mkdir -p sub/bad', 'SHOAL_TREE_EMPTY_DIRECTORY'],
    ['a FIFO', 'mkfifo bad', 'SHOAL_TREE_UNSUPPORTED'],
    ['a name that is not UTF-8', "touch $(printf 'bad\\377')", 'SHOAL_TREE_NAME_ENCODING'],
    ['a symlink out of the tree', 'touch ../x; ln -s ../x bad', 'SHOAL_TREE_SYMLINK_OUTSIDE'],
    ['an absolute symlink', 'ln -s "$PWD/file" bad', 'SHOAL_TREE_SYMLINK_OUTSIDE'],
    ['a symlink to the root', 'ln -s . bad', 'SHOAL_TREE_SYMLINK_OUTSIDE'],
    [
      'a symlink out through another',
      'mkdir ../o; touch ../o/x; ln -s ../o bad',
      'SHOAL_TREE_SYMLINK_OUTSIDE',
    ],
    ['a symlink to nothing', 'ln -s nothing bad', 'SHOAL_TREE_SYMLINK_DANGLING'],
    ['a symlink to itself', 'ln -s bad bad', 'SHOAL_TREE_SYMLINK_DANGLING'],
  ])('refuses %s, by its path', async (_, command, code) => {
    execFileSync('sh', ['-c', command], { cwd: root });
    const scanned = scanTree(root);
    await expect(scanned).rejects.toMatchObject({ code, path: expect.stringContaining('bad') as string });
    await expect(scanned).rejects.toThrow(/bad/);
  });

  it('refuses names that differ in case only', async () => {
    await writeFile(join(root, 'File'), 'twin');
    await expect(scanTree(root)).rejects.toMatchObject({ code: 'SHOAL_MANIFEST_NAME_TWINS' });
  });

  it('refuses a tree without content, and a path that is not there', async () => {
    await writeFile(join(root, 'file'), '');
    await expect(scanTree(root)).rejects.toMatchObject({ code: 'SHOAL_MANIFEST_NO_CONTENT' });
    await expect(scanTree(join(root, 'x'))).rejects.toMatchObject({ code: 'SHOAL_TREE_UNREADABLE' });
    await expect(scanTree('/dev/null')).rejects.toMatchObject({ code: 'SHOAL_TREE_UNSUPPORTED' });
  });

  it('follows a symlink that is the tree itself', async () => {
    const link = join(directory.path, 'link');
    await symlink(root, link);
    expect((await scanTree(link)).root).toBe(root);
  });
});
