import type { Dirent, Stats } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import {
  MAX_ENTRIES,
  type ManifestEntry,
  type ManifestSymlink,
  sortManifest,
  validateManifest,
} from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { FILE_CONCURRENCY } from './constants.ts';
import { TreeError } from './tree-error.ts';

/** The owner's right to execute, which makes a file 0755; all other bits are normalised away. */
const OWNER_EXECUTE = 0o100;

/** A tree found on disk. */
export interface ScannedTree {
  /** Directory that the paths of the entries start from; for a single file: the directory it lies in. */
  readonly root: string;
  /** In canonical order, without Merkle roots. */
  readonly entries: ManifestEntry[];
}

/**
 * Lists a directory, or a single file, as a manifest: regular files (0755 when the owner may execute, else 0644),
 * directories that are not empty, symlinks that stay inside and lead to something.
 * @throws TreeError for anything else, with its path; ManifestError for names or trees that no manifest can hold
 */
export async function scanTree(path: string): Promise<ScannedTree> {
  const source = await realPathOf(path);
  const stats = await lstatOf(source);
  const tree = stats.isDirectory() ? await scanDirectoryTree(source) : scanSingleFile(source, stats);
  validateManifest(tree.entries);
  return tree;
}

function scanSingleFile(path: string, stats: Stats): ScannedTree {
  if (!stats.isFile()) throw unsupported(path);
  return { root: dirname(path), entries: [fileEntry([basename(path)], stats)] };
}

async function scanDirectoryTree(root: string): Promise<ScannedTree> {
  const scan = new Scan(root);
  await scan.run();
  const files = scan.entries.map((entry) => entry.path);
  const known = new Set([...files, ...scan.links, ...scan.directories].map((path) => path.join(sep)));
  const links: ManifestSymlink[] = [];
  await forEachLimited(scan.links, FILE_CONCURRENCY, async (link) => {
    links.push({ kind: 'symlink', path: link, target: await linkTarget(root, link, known) });
  });
  return { root, entries: sortManifest([...scan.entries, ...links]) };
}

/** One walk over a tree, directory by directory. */
class Scan {
  readonly entries: ManifestEntry[] = [];
  readonly links: string[][] = [];
  readonly directories: string[][] = [[]];
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  async run(): Promise<void> {
    // Directories found on the way are appended and walked in turn.
    for (const directory of this.directories) await this.#walk(directory);
  }

  async #walk(directory: readonly string[]): Promise<void> {
    const children = await readDirectory(join(this.#root, ...directory));
    if (children.length === 0 && directory.length > 0) {
      throw new TreeError('SHOAL_TREE_EMPTY_DIRECTORY', join(this.#root, ...directory), 'an empty directory');
    }
    await forEachLimited(children, FILE_CONCURRENCY, async (child) => {
      await this.#add([...directory, child.name], child);
    });
    if (this.entries.length + this.links.length > MAX_ENTRIES) {
      const message = `more than ${String(MAX_ENTRIES)} files and symlinks`;
      throw new TreeError('SHOAL_TREE_TOO_MANY_ENTRIES', this.#root, message);
    }
  }

  async #add(path: string[], child: Dirent): Promise<void> {
    const absolute = join(this.#root, ...path);
    if (child.isDirectory()) this.directories.push(path);
    else if (child.isSymbolicLink()) this.links.push(path);
    else if (child.isFile()) this.entries.push(fileEntry(path, await lstatOf(absolute)));
    else throw unsupported(absolute);
  }
}

function fileEntry(path: readonly string[], stats: Stats): ManifestEntry {
  return { kind: 'file', path, length: stats.size, executable: (stats.mode & OWNER_EXECUTE) !== 0 };
}

/**
 * What a symlink leads to, as BEP 47 wants it. The path that the link spells is kept, so that a link to a link stays
 * one, unless it leads through another link or a `..` that means something else than it seems: then the real path.
 */
async function linkTarget(
  root: string,
  link: readonly string[],
  known: ReadonlySet<string>,
): Promise<string[]> {
  const absolute = join(root, ...link);
  const spelled = await attempt(absolute, readlink(absolute));
  if (isAbsolute(spelled)) throw outside(absolute, spelled);
  const real = await realTarget(absolute, absolute);
  if (!isInside(root, real)) throw outside(absolute, spelled);
  const lexical = resolve(dirname(absolute), spelled);
  const asSpelled = relative(root, lexical);
  const kept =
    isInside(root, lexical) && known.has(asSpelled) && (await realTarget(absolute, lexical)) === real;
  return (kept ? asSpelled : relative(root, real)).split(sep);
}

/** Where `path` leads in the end; `link` is the symlink to be named when it leads nowhere. */
async function realTarget(link: string, path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    throw new TreeError('SHOAL_TREE_SYMLINK_DANGLING', link, 'leads to nothing that can be reached', error);
  }
}

function isInside(root: string, path: string): boolean {
  return path.startsWith(root.endsWith(sep) ? root : root + sep);
}

async function readDirectory(path: string): Promise<Dirent[]> {
  const found = await attempt(path, readdir(path, { withFileTypes: true, encoding: 'buffer' }));
  return found.map((child) => withTextName(path, child));
}

/** Names are bytes; only those that are UTF-8 can go into a manifest. */
function withTextName(directory: string, child: Dirent<Buffer>): Dirent {
  const name = child.name.toString('utf8');
  if (!Buffer.from(name, 'utf8').equals(child.name)) {
    throw new TreeError('SHOAL_TREE_NAME_ENCODING', join(directory, name), 'a name that is not UTF-8');
  }
  return Object.assign(child as unknown as Dirent, { name });
}

async function realPathOf(path: string): Promise<string> {
  return attempt(path, realpath(path));
}

async function lstatOf(path: string): Promise<Stats> {
  return attempt(path, lstat(path));
}

async function attempt<T>(path: string, operation: Promise<T>): Promise<T> {
  try {
    return await operation;
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new TreeError('SHOAL_TREE_UNREADABLE', path, `cannot be read (${why})`, error);
  }
}

function unsupported(path: string): TreeError {
  return new TreeError('SHOAL_TREE_UNSUPPORTED', path, 'neither a regular file, a symlink nor a directory');
}

function outside(path: string, target: string): TreeError {
  return new TreeError('SHOAL_TREE_SYMLINK_OUTSIDE', path, `leads out of the tree, to ${target}`);
}
