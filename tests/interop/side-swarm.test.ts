import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { parseMetainfo, withAnnounce } from '@shoal/protocol';
import { freePort, isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk, startUp } from '../e2e/support/cli.ts';
import { Platform } from '../e2e/support/platform.ts';
import { waitForMembers } from '../e2e/support/rollout.ts';
import { randomBytes } from '../e2e/support/sample-tree.ts';
import { until } from '../e2e/support/until.ts';
import { startAria2, startLibtorrent } from './drivers/contestant.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

const MIB = 1024 * 1024;
const COMPLETE_DEADLINE_MS = 90_000;
/** Nothing listens there. */
const NO_TRACKER = 'http://127.0.0.1:9/announce';
const FILES: Readonly<Record<string, number>> = { large: 6_000_001, medium: 700_000, small: 9 };
const CLIENTS = [
  { name: 'aria2', start: startAria2 },
  { name: 'transmission', start: startTransmission },
] as const;

let scratch = '';
let root = '';
let running: StockClient | undefined;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-side-swarm-'));
  root = join(scratch, 'build');
  await mkdir(root);
  for (const [file, length] of Object.entries(FILES))
    await writeFile(join(root, file), randomBytes(length, length));
});
afterEach(() => running?.stop());
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function pushBuild(catalog: string): Promise<void> {
  await shoalOk('push', root, '--name', 'build', '--version', '1', '--catalog', catalog);
}

/** Has `build@1` exported, and gives a client what it needs to fetch it. */
async function exportFor(client: string, catalog: string, options = ['--format', 'v1']) {
  const torrentFile = join(scratch, `${client}.torrent`);
  const where = ['--output', torrentFile, '--catalog', catalog];
  await shoalOk('torrent', 'export', 'build@1', ...options, ...where);
  const { format, private: isPrivate } = parseMetainfo(await readFile(torrentFile));
  const directory = join(scratch, client);
  await mkdir(directory);
  return { torrentFile, directory, role: 'leecher', format, isPrivate } as const;
}

async function expectFiles(directory: string): Promise<void> {
  expect((await readdir(join(directory, 'build'))).sort()).toEqual(Object.keys(FILES));
  for (const file of Object.keys(FILES)) {
    const [actual, expected] = await Promise.all([
      readFile(join(directory, 'build', file)),
      readFile(join(root, file)),
    ]);
    expect(actual.equals(expected), file).toBe(true);
  }
}

describe('an artifact of `shoal up`, exported for clients that know v1 alone', () => {
  let platform: Awaited<ReturnType<typeof startUp>> | undefined;
  let catalog = '';

  beforeAll(async () => {
    catalog = `127.0.0.1:${await freePort()}`;
    platform = await startUp(
      ...['--agents', '1', '--data-dir', join(scratch, 'up')],
      ...['--listen', catalog, '--http-listen', '127.0.0.1:0'],
    );
    await pushBuild(catalog);
  });
  afterAll(() => platform?.end());

  for (const { name, start } of CLIENTS) {
    it.skipIf(!isAvailable(name))(`is fetched by ${name}`, async () => {
      const init = await exportFor(name, catalog);
      expect(init).toMatchObject({ format: 'v1', isPrivate: true });
      running = await start(init);
      await running.complete(COMPLETE_DEADLINE_MS);
      await expectFiles(init.directory);
    });
  }
});

describe.skipIf(!isAvailable('libtorrent'))('an artifact exported as a public swarm', () => {
  const platform = new Platform();

  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder({ lsd: true }));
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    await pushBuild(platform.address('catalog'));
  });
  afterAll(() => platform.stop());

  it('is found in the local network alone, at a seeder with --lsd', async () => {
    // Of other pieces than the ones below: a swarm that no peer has asked for yet.
    const options = ['--public', '--format', 'v1', '--piece-length', '131072'];
    const init = await exportFor('libtorrent lsd', platform.address('catalog'), options);
    await writeFile(init.torrentFile, withAnnounce(await readFile(init.torrentFile), NO_TRACKER));
    running = await startLibtorrent({ ...init, settings: { enable_lsd: 1 } });
    await running.complete(COMPLETE_DEADLINE_MS);
    await expectFiles(init.directory);
  });

  it.each(['v1', 'v2', 'hybrid'])('is fetched by libtorrent, as %s', async (format) => {
    const options = ['--public', '--format', format];
    const init = await exportFor(`libtorrent ${format}`, platform.address('catalog'), options);
    expect(init).toMatchObject({ format, isPrivate: false });
    running = await startLibtorrent(init);
    await running.complete(COMPLETE_DEADLINE_MS);
    await expectFiles(init.directory);
  });
});

describe('a client that fetches an exported artifact', () => {
  const platform = new Platform();
  /** So slow that the fetch is in the middle for some seconds. */
  const slow = { clientUploadLimit: 1 * MIB };

  beforeAll(async () => {
    await platform.start();
  });
  afterAll(() => platform.stop());

  it.skipIf(!isAvailable('aria2'))('goes on when seeder and catalog were restarted meanwhile', async () => {
    const seeder = platform.seeder(slow);
    await platform.run(seeder);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    const catalog = platform.address('catalog');
    await pushBuild(catalog);
    const init = await exportFor('restarts', catalog);
    running = await startAria2(init);
    let isComplete = false;
    const complete = running.complete(COMPLETE_DEADLINE_MS).then(() => (isComplete = true));
    const begun = async (): Promise<true | undefined> => {
      const { blocks } = await stat(join(init.directory, 'build', 'large')).catch(() => ({ blocks: 0 }));
      return blocks > 0 ? true : undefined;
    };
    await until('the fetch has begun', begun);
    await Promise.all([seeder.stop(), platform.stopCatalog()]);
    expect(isComplete).toBe(false);
    await platform.startCatalog();
    await platform.run(platform.seeder(slow));
    await complete;
    await expectFiles(init.directory);
  });
});
