import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk } from '../e2e/support/cli.ts';
import { Platform } from '../e2e/support/platform.ts';
import { waitForMembers } from '../e2e/support/rollout.ts';
import { startAria2 } from './drivers/contestant.ts';
import { type StockClient, type StockClientInit } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const COMPLETE_DEADLINE_MS = 60_000;
const FILES: Readonly<Record<string, number>> = { large: 3_000_001, medium: 700_000, small: 9 };

/** How each client gets to the seeder: they differ in what the tracker must do. */
const CLIENTS = [
  {
    name: 'aria2',
    start: startAria2,
    how: 'announces a hybrid by its own info-hash, and dials',
    format: 'hybrid',
  },
  {
    name: 'transmission',
    start: startTransmission,
    how: 'dials nobody on loopback, and is dialled',
    format: 'v1',
  },
] as const;

describe('stock clients in a fleet', () => {
  const platform = new Platform();
  let running: StockClient | undefined;

  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterEach(() => running?.stop());
  afterAll(() => platform.stop());

  async function writeBuild(name: string): Promise<string> {
    const root = join(platform.directory, 'builds', name);
    await mkdir(root, { recursive: true });
    for (const [file, length] of Object.entries(FILES))
      await writeFile(join(root, file), Buffer.alloc(length, `${name} ${file}`));
    return root;
  }

  async function initFor(name: string): Promise<StockClientInit> {
    const response = await fetch(`${platform.catalogUrl}/v1/default/artifacts/${name}/1.torrent`);
    expect(response.status).toBe(200);
    const directory = join(platform.directory, `downloads of ${name}`);
    await mkdir(directory);
    const torrentFile = join(platform.directory, `${name}.torrent`);
    await writeFile(torrentFile, await response.bytes());
    return { torrentFile, directory, role: 'leecher' };
  }

  for (const { name, start, how, format } of CLIENTS) {
    it.skipIf(!isAvailable(name))(`${name} ${how}`, async () => {
      const root = await writeBuild(name);
      const catalog = platform.address('catalog');
      await shoalOk('push', root, '--name', name, '--version', '1', '--format', format, '--catalog', catalog);
      const init = await initFor(name);
      running = await start(init);
      await running.complete(COMPLETE_DEADLINE_MS);
      const fetched = join(init.directory, name);
      expect((await readdir(fetched)).filter((file) => file !== '.pad').sort()).toEqual(Object.keys(FILES));
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
