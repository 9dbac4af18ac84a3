import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPgliteDatabase } from './pglite-database.ts';
import { acquire } from './repositories/leases.ts';

describe('a PGlite with a directory', () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-pglite-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('finds its data again after it was closed', async () => {
    const dataDir = join(directory, 'made', 'on', 'demand');
    const first = createPgliteDatabase({ dataDir });
    await first.migrate();
    await acquire(first.db, 'kept', 'a', 60_000);
    await first.close();
    await expect(first.health()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_UNAVAILABLE' });

    const second = createPgliteDatabase({ dataDir });
    await second.migrate();
    expect(await acquire(second.db, 'kept', 'b', 60_000)).toBeUndefined();
    await second.close();
  });

  it('tells a directory that it cannot use', async () => {
    const database = createPgliteDatabase({ dataDir: join(import.meta.filename, 'below-a-file') });
    await expect(database.health()).rejects.toMatchObject({ code: 'SHOAL_DATABASE_UNAVAILABLE' });
    await database.close();
  });
});
