import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { FILE_CONCURRENCY } from './constants.ts';
import { forEachLimited } from './concurrency.ts';
import { storeFailure } from './store-failure.ts';

/**
 * Makes files and directories durable (fsync), a few at a time.
 * @throws StoreError
 */
export async function syncPaths(paths: Iterable<string>): Promise<void> {
  await forEachLimited(paths, FILE_CONCURRENCY, async (path) => {
    try {
      const handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    } catch (error) {
      throw storeFailure(error);
    }
  });
}
