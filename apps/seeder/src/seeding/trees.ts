import { stat } from 'node:fs/promises';
import type { DigestHex, TreeAtRest } from '@shoal/fleet';
import { publishTree, removeTree } from '@shoal/session';
import { type Layout, treePath } from '../layout.ts';

/** The verified trees of a seeder, by digest; each once, whatever artifacts have it. */
export interface Trees {
  path(digest: DigestHex): string;
  has(digest: DigestHex): Promise<boolean>;
  /** For who verifies them at rest. */
  find(digest: DigestHex): Promise<TreeAtRest | undefined>;
  /** Takes a verified tree over, or leaves it where it is when the same content is here already. */
  adopt(digest: DigestHex, from: string): Promise<void>;
  remove(digest: DigestHex): Promise<void>;
}

export function createTrees(layout: Layout): Trees {
  /** By digest: the adoption under way, so that two uploads of one content take turns. */
  const adopting = new Map<DigestHex, Promise<void>>();

  async function exists(path: string): Promise<boolean> {
    try {
      return (await stat(path)).isDirectory();
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
      throw error;
    }
  }

  async function adoptOne(digest: DigestHex, from: string): Promise<void> {
    const final = treePath(layout, digest);
    if ((await exists(final)) || !(await exists(from))) return;
    await publishTree(from, final);
  }

  return {
    path: (digest) => treePath(layout, digest),
    has: (digest) => exists(treePath(layout, digest)),
    async find(digest) {
      const root = treePath(layout, digest);
      return (await exists(root)) ? { root } : undefined;
    },
    async adopt(digest, from) {
      const before = adopting.get(digest) ?? Promise.resolve();
      const turn = before.catch(() => undefined).then(() => adoptOne(digest, from));
      adopting.set(digest, turn);
      try {
        await turn;
      } finally {
        if (adopting.get(digest) === turn) adopting.delete(digest);
      }
    },
    remove: (digest) => removeTree(treePath(layout, digest)),
  };
}
