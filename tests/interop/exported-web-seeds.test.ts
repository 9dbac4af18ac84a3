import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { parseMetainfo, withAnnounce } from '@shoal/protocol';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk } from '../e2e/support/cli.ts';
import { Platform } from '../e2e/support/platform.ts';
import { waitForMembers } from '../e2e/support/rollout.ts';
import { randomBytes } from '../e2e/support/sample-tree.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const COMPLETE_DEADLINE_MS = 60_000;
/** Nothing listens there: no tracker names a peer, so that every byte comes over HTTP. */
const NO_TRACKER = 'http://127.0.0.1:9/announce';
const FILES: Readonly<Record<string, number>> = { 'a b/100%.bin': 3_000_001, 'a b/other': 700_000, small: 9 };

const CLIENTS = [
  { name: 'libtorrent', start: startLibtorrent, formats: ['v1', 'v2', 'hybrid'] },
  { name: 'aria2', start: startAria2, formats: ['v1', 'hybrid'] },
  { name: 'transmission', start: startTransmission, formats: ['v1'] },
] as const;

describe('an exported torrent whose seeder serves files over HTTP', () => {
  const platform = new Platform();
  let root = '';
  let running: StockClient | undefined;

  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder({ serveFiles: true }));
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    root = join(platform.directory, 'build');
    for (const [file, length] of Object.entries(FILES)) {
      await mkdir(dirname(join(root, file)), { recursive: true });
      await writeFile(join(root, file), randomBytes(length, length));
    }
    await shoalOk('push', root, '--name', 'web', '--version', '1', '--catalog', platform.address('catalog'));
  });
  afterEach(() => running?.stop());
  afterAll(() => platform.stop());

  for (const { name, start, formats } of CLIENTS) {
    it.skipIf(!isAvailable(name)).each(formats)(
      `is fetched by ${name} from there alone, as %s`,
      async (format) => {
        const torrentFile = join(platform.directory, `${name}-${format}.torrent`);
        const where = ['--output', torrentFile, '--catalog', platform.address('catalog')];
        await shoalOk('torrent', 'export', 'web@1', '--format', format, ...where);
        const exported = await readFile(torrentFile);
        expect(parseMetainfo(exported)).toMatchObject({ format, webSeeds: [expect.any(String)] });
        await writeFile(torrentFile, withAnnounce(exported, NO_TRACKER));

        const directory = join(platform.directory, `${name} ${format}`);
        await mkdir(directory);
        running = await start({ torrentFile, directory, role: 'leecher' });
        await running.complete(COMPLETE_DEADLINE_MS);
        for (const file of Object.keys(FILES)) {
          const [actual, expected] = await Promise.all([
            readFile(join(directory, 'web', file)),
            readFile(join(root, file)),
          ]);
          expect(actual.equals(expected), file).toBe(true);
        }
      },
    );
  }
});
