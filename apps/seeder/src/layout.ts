import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { DigestHex } from '@shoal/fleet';

/** Where a seeder keeps what it has. `uploads`, `repairs` and `store` must be on one file system: trees move by rename. */
export interface Layout {
  /** Published trees, one directory each, named by digest. Complete and verified, or not there. */
  readonly store: string;
  /** One directory for each upload. */
  readonly uploads: string;
  /** New files of trees that are being repaired. */
  readonly repairs: string;
  /** What must outlive a crash. */
  readonly state: string;
  /** Swarm records and their metainfo. */
  readonly meta: string;
}

/** Makes the directories of a seeder under `dataDir`, which becomes absolute. */
export async function openLayout(dataDir: string): Promise<Layout> {
  const root = resolve(dataDir);
  const at = (name: string): string => join(root, name);
  const layout = {
    store: at('store'),
    uploads: at('uploads'),
    repairs: at('repairs'),
    state: at('state'),
    meta: at('meta'),
  };
  for (const directory of Object.values(layout)) await mkdir(directory, { recursive: true });
  return layout;
}

/** Where a tree is once every byte of it is verified and durable. */
export function treePath(layout: Layout, digest: DigestHex): string {
  return join(layout.store, digest);
}
