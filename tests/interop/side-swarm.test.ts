import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { parseMetainfo } from '@shoal/protocol';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk } from '../e2e/support/cli.ts';
import { Platform } from '../e2e/support/platform.ts';
import { waitForMembers } from '../e2e/support/rollout.ts';
import { startAria2 } from './drivers/contestant.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const FILES: Readonly<Record<string, number>> = { large: 3_000_001, medium: 700_000, small: 9 };
const CLIENTS = [
  { name: 'aria2', start: startAria2 },
  { name: 'transmission', start: startTransmission },
] as const;

describe('an artifact exported for stock clients that know v1 alone', () => {
  const platform = new Platform();
  let root = '';
  let running: StockClient | undefined;

  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    root = join(platform.directory, 'build');
    await mkdir(root);
    for (const [file, length] of Object.entries(FILES))
      await writeFile(join(root, file), Buffer.alloc(length, file));
    await shoalOk('push', root, '--name', 'web', '--version', '1', '--catalog', platform.address('catalog'));
  });
  afterEach(() => running?.stop());
  afterAll(() => platform.stop());

  for (const { name, start } of CLIENTS) {
    it.skipIf(!isAvailable(name))(`is fetched by ${name} from the seeder of the main swarm`, async () => {
      const torrentFile = join(platform.directory, `${name}.torrent`);
      const where = ['--format', 'v1', '--output', torrentFile, '--catalog', platform.address('catalog')];
      await shoalOk('torrent', 'export', 'web@1', ...where);
      expect(parseMetainfo(await readFile(torrentFile))).toMatchObject({ format: 'v1', private: true });

      const directory = join(platform.directory, `downloads of ${name}`);
      await mkdir(directory);
      running = await start({ torrentFile, directory, role: 'leecher' });
      await running.complete(COMPLETE_DEADLINE_MS);
      const fetched = join(directory, 'web');
      expect((await readdir(fetched)).sort()).toEqual(Object.keys(FILES));
      for (const file of Object.keys(FILES)) {
        const [actual, expected] = await Promise.all([
          readFile(join(fetched, file)),
          readFile(join(root, file)),
        ]);
        expect(actual.equals(expected), file).toBe(true);
      }
    });
  }
});
