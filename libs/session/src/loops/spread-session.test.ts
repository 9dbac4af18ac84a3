import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, expect, it } from 'vitest';
import { createSession } from '../session.ts';
import { type TestMember, TestSwarm } from '../test-swarm.ts';
import { spreadPeers } from './spread-peers.ts';
import { SpreadTorrent } from './spread-torrent.ts';

const KIB = 1_024;
const SIZE = 1_024 * KIB;
const PROFILE = { pieceLength: 64 * KIB, format: 'v2' } as const;
/** Leechers after which both of two loops have had one, but for one time in 2^23. */
const MANY = 24;
/** Longer than a report takes on a busy machine, in milliseconds. */
const PATIENCE = { timeout: 15_000 };

let swarm: TestSwarm | undefined;

afterEach(async () => {
  await swarm?.dispose();
  swarm = undefined;
});

async function start(init: Parameters<TestSwarm['start']>[0] = {}): Promise<[TestSwarm, TestMember]> {
  // Private: leechers have nothing from each other.
  swarm = await TestSwarm.create(SIZE, { ...PROFILE, private: true });
  return [swarm, await swarm.start({ complete: true, loops: 2, ...init })];
}

/** A leecher that fetches all of it. */
async function fetchAll(from: TestSwarm, seeder: TestMember): Promise<TestMember> {
  const leecher = await from.start();
  leecher.torrent.addPeers([seeder.session.address]);
  await leecher.torrent.whenComplete({ noProgressMs: 30_000 });
  return leecher;
}

function sentByMain({ torrent }: TestMember): number {
  if (!(torrent instanceof SpreadTorrent)) throw new Error('not spread');
  return torrent.main.progress().uploaded;
}

/** What was sent by the loop beside the main one. */
function sentByOther(seeder: TestMember): number {
  return seeder.torrent.progress().uploaded - sentByMain(seeder);
}

/** So many leechers one after the other that two loops would have shared them, but for one time in 256. */
async function fetchFromMain(from: TestSwarm, seeder: TestMember): Promise<void> {
  for (let count = 1; count <= 9; count += 1) {
    const leecher = await fetchAll(from, seeder);
    await leecher.session.close();
  }
  expect(sentByMain(seeder)).toBe(9 * SIZE);
}

/** Leechers one after the other, until `isEnough`: the loop beside may be slow to take the torrent on a busy machine. */
async function fetchUntil(from: TestSwarm, seeder: TestMember, isEnough: () => boolean): Promise<void> {
  const before = seeder.torrent.progress().uploaded;
  const until = performance.now() + PATIENCE.timeout;
  for (let count = 1; count <= MANY || performance.now() < until; count += 1) {
    const leecher = await fetchAll(from, seeder);
    await leecher.session.close();
    await expect.poll(() => seeder.torrent.progress().uploaded, PATIENCE).toBe(before + count * SIZE);
    if (isEnough()) return;
  }
  throw new Error('the kernel gave one loop every connection');
}

it('serves from two loops under one name, and counts what both send', async () => {
  const [all, seeder] = await start();
  await fetchUntil(all, seeder, () => sentByMain(seeder) > 0 && sentByOther(seeder) > 0);
  expect(seeder.torrent.progress()).toMatchObject({ piecesTotal: 16, piecesDone: 16, bytesTotal: SIZE });
}, 60_000);

it('dials each peer from one of the loops', async () => {
  const [all, seeder] = await start();
  const leechers = await Promise.all(Array.from({ length: 8 }, () => all.start()));
  const addresses = leechers.map(({ session }) => session.address);
  seeder.torrent.addPeers(addresses);
  await Promise.all(leechers.map(({ torrent }) => torrent.whenComplete({ noProgressMs: 30_000 })));
  const [own, others] = spreadPeers(addresses, 2);
  await expect.poll(() => sentByOther(seeder), PATIENCE).toBe((others?.length ?? 0) * SIZE);
  expect(sentByMain(seeder)).toBe((own?.length ?? 0) * SIZE);
}, 60_000);

it('takes a torrent from every loop that it is removed from, and serves it again', async () => {
  const [all, seeder] = await start();
  await fetchAll(all, seeder);
  await seeder.torrent.remove();
  expect(seeder.torrent.peers()).toEqual([]);
  expect(seeder.torrent.progress().state).toBe('closed');
  expect(seeder.session.get(randomBytes(20))).toBeUndefined();
  const again = seeder.session.add(all.describe(seeder.root, { complete: true }));
  await fetchUntil(all, { ...seeder, torrent: again }, () => sentByOther({ ...seeder, torrent: again }) > 0);
}, 60_000);

it('may be told to remove and add a torrent at one go', async () => {
  const [all, seeder] = await start();
  const description = all.describe(seeder.root, { complete: true });
  const removals: Promise<void>[] = [];
  let { torrent } = seeder;
  for (let round = 0; round < 3; round += 1) {
    removals.push(torrent.remove());
    torrent = seeder.session.add(description);
  }
  await Promise.all(removals);
  await fetchUntil(all, { ...seeder, torrent }, () => sentByOther({ ...seeder, torrent }) > 0);
}, 60_000);

it('leaves connections to the main loop while a torrent is incomplete', async () => {
  const [all, seeder] = await start();
  const incomplete = seeder.session.add({
    ...all.describe(join(all.scratch, 'incomplete')),
    hashes: { v1: randomBytes(20) },
    load: () => new Promise<never>(() => undefined),
  });
  await fetchFromMain(all, seeder);
  await incomplete.remove();
  await fetchUntil(all, seeder, () => sentByOther(seeder) > 0);
}, 90_000);

it('serves from the main loop alone while there are limits', async () => {
  const [all, seeder] = await start({ limits: { upload: 1_000_000_000 } });
  await fetchFromMain(all, seeder);
  seeder.session.setLimits({});
  await fetchUntil(all, seeder, () => sentByOther(seeder) > 0);
}, 90_000);

it('finds a port taken that a socket beside it could share', async () => {
  const taken = createServer().listen({ host: '127.0.0.1', port: 0, reusePort: true });
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const init = { host: '127.0.0.1', port, peerClass: 'seeder', clientVersion: '0', loops: 2 } as const;
  await expect(createSession({}, init)).rejects.toMatchObject({ code: 'EADDRINUSE' });
  taken.close();
  await once(taken, 'close');
});

it.each([0, 1.5, 65])('refuses %d loops', async (loops) => {
  const init = { host: '127.0.0.1', port: 0, peerClass: 'seeder', clientVersion: '0', loops } as const;
  await expect(createSession({}, init)).rejects.toMatchObject({ code: 'SHOAL_LOOPS_INVALID' });
});
