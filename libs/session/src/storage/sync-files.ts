import { FILE_CONCURRENCY } from './constants.ts';
import { forEachLimited } from './concurrency.ts';
import { syncFile } from './file-calls.ts';
import { storeFailure } from './store-failure.ts';

/**
 * Makes files and directories durable (fsync), a few at a time.
 * @throws StoreError
 */
export async function syncPaths(paths: Iterable<string>): Promise<void> {
  await forEachLimited(paths, FILE_CONCURRENCY, async (path) => {
    try {
      await syncFile(path);
    } catch (error) {
      throw storeFailure(error);
    }
  });
}
