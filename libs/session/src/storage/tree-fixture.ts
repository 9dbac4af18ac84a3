import { createHash } from 'node:crypto';
import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** What lies at a path of a tree made for a test: a file's bytes, `executable` bytes, or where a symlink leads. */
export type FixtureEntry = Uint8Array | { readonly executable: Uint8Array } | { readonly link: string };

/** Bytes that look random and are the same in every run. */
export function noise(length: number, seed: string): Uint8Array {
  const bytes = createHash('shake256', { outputLength: Math.max(1, length) })
    .update(seed)
    .digest();
  return new Uint8Array(bytes.subarray(0, length));
}

/** Names in many scripts, sizes around a block and a piece of 64 KiB, symlinks, executables, an empty file. */
export const VARIED_TREE: Readonly<Record<string, FixtureEntry>> = {
  'README.md': noise(5, 'readme'),
  empty: new Uint8Array(),
  'bin/tool': { executable: noise(200_001, 'tool') },
  'bin/current': { link: 'tool' },
  'عربي/ملف': noise(16 * 1024 - 1, 'arabic'),
  '中文/文件.txt': noise(16 * 1024, 'chinese'),
  'emoji/🦈🌊': noise(16 * 1024 + 1, 'emoji'),
  'combining/e\u0301a\u0308': noise(64 * 1024 + 1, 'combining'),
  'עברית/ไทย/हिन्दी': noise(1, 'mixed'),
  'one-piece': noise(64 * 1024, 'piece'),
  'links/up': { link: '../one-piece' },
  'links/directory': { link: '../bin' },
  'links/chain': { link: 'up' },
  'zeros/sparse': new Uint8Array(300_000),
};

/** An empty directory in the system's temporary one; `remove` removes it with all that is in it. */
export async function temporaryDirectory(): Promise<{ path: string; remove: () => Promise<void> }> {
  const path = await mkdtemp(join(tmpdir(), 'shoal-storage-'));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}

/** Writes a tree below `root`. */
export async function writeTree(root: string, tree: Readonly<Record<string, FixtureEntry>>): Promise<void> {
  for (const [path, entry] of Object.entries(tree)) {
    const absolute = join(root, path);
    await mkdir(dirname(absolute), { recursive: true });
    if ('link' in entry) {
      await symlink(entry.link, absolute);
      continue;
    }
    await writeFile(absolute, 'executable' in entry ? entry.executable : entry);
    await chmod(absolute, 'executable' in entry ? 0o755 : 0o644);
  }
}

/** All that an iterable gives. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
