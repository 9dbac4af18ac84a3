import { join } from 'node:path';
import { afterEach, expect, it, vi } from 'vitest';
import { type TestMember, TestSwarm } from '../test-swarm.ts';
import type { SeedLimit } from './seed-limit-policy.ts';
import { ratioOf } from './accounts.ts';

const KIB = 1_024;
const SIZE = 1_024 * KIB;
const PROFILE = { pieceLength: 64 * KIB, format: 'v2' } as const;
const PATIENCE = { timeout: 15_000 };

let swarm: TestSwarm | undefined;

afterEach(async () => {
  await swarm?.dispose();
  swarm = undefined;
});

async function fetchFrom({ torrent }: TestMember, from: TestMember): Promise<void> {
  torrent.addPeers([from.session.address]);
  await torrent.whenComplete({ noProgressMs: 30_000 });
}

it('a torrent leaves at its ratio, and not in front of a peer that it serves', async () => {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  const reached = vi.fn<(limit: SeedLimit) => void>();
  const origin = await swarm.start({ complete: true });
  // Half a second for all of it: the limit is reached long before the other is done.
  const limits = { upload: 2 * SIZE };
  const giver = await swarm.start({ limits, seedLimits: { ratio: 0.25 }, onSeedLimit: reached });
  await fetchFrom(giver, origin);
  await origin.session.close();
  const taker = await swarm.start();
  await fetchFrom(taker, giver);
  await expect.poll(() => reached.mock.calls, PATIENCE).toEqual([['ratio']]);
  expect(giver.torrent.progress().state).toBe('closed');
  expect(ratioOf((await giver.torrent.lifetime()).accounts)).toBe(1);
  expect([...giver.session.torrents()]).toEqual([]);
}, 60_000);

it('a torrent leaves when it was there for long enough, over restarts, whether it has peers or not', async () => {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  const ledgerPath = join(swarm.scratch, 'a.ledger');
  let millis = 0;
  const clock = { now: () => millis };
  const first = await swarm.start({
    complete: true,
    ledgerPath,
    seedLimits: { seedMillis: 3_600_000 },
    clock,
  });
  millis = 3_000_000;
  await first.session.close();
  const reached = vi.fn<(limit: SeedLimit) => void>();
  const second = await swarm.start({
    complete: true,
    ledgerPath,
    clock,
    seedLimits: { seedMillis: 3_600_000 },
    onSeedLimit: reached,
  });
  millis += 599_999;
  expect((await second.torrent.lifetime()).seedMillis).toBe(3_599_999);
  millis += 1;
  await expect.poll(() => reached.mock.calls, PATIENCE).toEqual([['seed-time']]);
}, 60_000);

it('all event loops of a seeder together reach a limit', async () => {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  const all = swarm;
  const reached = vi.fn<(limit: SeedLimit) => void>();
  const seedLimits = { seedMillis: 1 };
  const seeder = await all.start({ complete: true, loops: 2, seedLimits, onSeedLimit: reached });
  await expect.poll(() => reached.mock.calls, PATIENCE).toEqual([['seed-time']]);
  expect([...seeder.session.torrents()]).toEqual([]);
}, 60_000);
