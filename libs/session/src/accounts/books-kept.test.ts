import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { wireInfoHash } from '@shoal/protocol';
import { afterEach, expect, it } from 'vitest';
import { SEND_LOW_WATER } from '../constants.ts';
import { type TestMember, TestSwarm } from '../test-swarm.ts';
import { type Accounts, sumOf, usefulBytes } from './accounts.ts';
import { LedgerFile } from './ledger-file.ts';

const KIB = 1_024;
const SIZE = 2_048 * KIB;
const PROFILE = { pieceLength: 64 * KIB, format: 'v2' } as const;
const PATIENCE = { timeout: 15_000 };

let swarm: TestSwarm | undefined;

afterEach(async () => {
  await swarm?.dispose();
  swarm = undefined;
});

async function start(): Promise<TestSwarm> {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  return swarm;
}

async function fetchAll({ torrent }: TestMember, from: TestMember): Promise<void> {
  torrent.addPeers([from.session.address]);
  await torrent.whenComplete({ noProgressMs: 30_000 });
}

it('over a fetch that is interrupted, and over fetching the same again', async () => {
  const all = await start();
  // A second for all of it.
  const seeder = await all.start({ complete: true, limits: { upload: SIZE } });
  const paths = { resumePath: join(all.scratch, 'a.resume'), ledgerPath: join(all.scratch, 'a.ledger') };
  const first = await all.start(paths);
  first.torrent.addPeers([seeder.session.address]);
  await expect.poll(() => first.torrent.progress().piecesDone, PATIENCE).toBeGreaterThan(3);
  await first.session.close();
  const { accounts, bytesDone } = first.torrent.progress();
  expect(bytesDone).toBeLessThan(SIZE);
  expect(usefulBytes(accounts)).toBe(bytesDone);

  const second = await all.start({ ...paths, root: first.root });
  await fetchAll(second, seeder);
  const whole = second.torrent.progress().accounts;
  expect(usefulBytes(whole)).toBe(SIZE);
  expect(sumOf(whole.downloaded) - sumOf(accounts.downloaded)).toBe(
    second.torrent.progress().downloaded.fromSeeders,
  );
  await second.session.close();

  await rm(paths.resumePath);
  const third = await all.start(paths);
  await fetchAll(third, seeder);
  expect(usefulBytes(third.torrent.progress().accounts)).toBe(SIZE);
  const lifetime = (await third.torrent.lifetime()).accounts;
  expect(usefulBytes(lifetime)).toBe(2 * SIZE);
  // The interruption cut off what was on its way.
  const cutOff = uploadedIn(seeder.torrent.progress().accounts) - sumOf(lifetime.downloaded);
  expect(cutOff).toBeGreaterThanOrEqual(0);
  expect(cutOff).toBeLessThanOrEqual(SEND_LOW_WATER);
}, 60_000);

it('of a seeder on two event loops: what both sent, when it is removed and when its session ends', async () => {
  const all = await start();
  const ledgerPath = join(all.scratch, 'seeder.ledger');
  const file = new LedgerFile(ledgerPath, hashOf(all));
  const options = { complete: true, loops: 2, ledgerPath };
  const seeder = await all.start(options);
  let sent = 0;
  const serve = async (count: number): Promise<void> => {
    for (let served = 0; served < count; served += 1) {
      const leecher = await all.start();
      await fetchAll(leecher, seeder);
      await leecher.session.close();
      sent += SIZE;
    }
  };
  await serve(8);
  await seeder.torrent.remove();
  expect(uploadedIn((await file.read()).accounts)).toBe(sent);
  seeder.session.add(all.describe(all.source, options));
  await serve(8);
  await seeder.session.close();
  expect(uploadedIn((await file.read()).accounts)).toBe(sent);
}, 60_000);

/** The name by which the seeder's ledger is known: its first wire hash. */
function hashOf({ metainfo }: TestSwarm): Uint8Array {
  return wireInfoHash((metainfo.infoHashV2 ?? new Uint8Array()).subarray(0, 20));
}

function uploadedIn({ uploaded }: Accounts): number {
  return sumOf(uploaded);
}
