import { afterEach, expect, it } from 'vitest';
import { type TestMember, TestSwarm } from '../test-swarm.ts';
import { type Accounts, SOURCE_CLASSES, type SourceClass, sumOf } from './accounts.ts';

const KIB = 1_024;
const SIZE = 4_096 * KIB;
/** Blocks of a piece: a fan-out of several hosts needs pieces to exchange. */
const PROFILE = { pieceLength: 64 * KIB, format: 'v2' } as const;
const PATIENCE = { timeout: 15_000 };

let swarm: TestSwarm | undefined;

afterEach(async () => {
  await swarm?.dispose();
  swarm = undefined;
});

function booksOf({ torrent }: TestMember): Accounts {
  return torrent.progress().accounts;
}

function total(members: readonly TestMember[], valueOf: (accounts: Accounts) => number): number {
  return members.reduce((sum, member) => sum + valueOf(booksOf(member)), 0);
}

/** Waits until every byte that is on its way is in the books of both ends. */
async function settle(members: readonly TestMember[]): Promise<void> {
  await expect
    .poll(() => total(members, ({ downloaded }) => sumOf(downloaded)), PATIENCE)
    .toBe(total(members, ({ uploaded }) => sumOf(uploaded)));
}

it('of agents in racks and zones agree with each other, class by class', async () => {
  // Private: nobody is connected but as it is laid out here.
  swarm = await TestSwarm.create(SIZE, { ...PROFILE, private: true });
  const all = swarm;
  const places = [
    { zone: 'a', rack: '1' },
    { zone: 'a', rack: '1' },
    { zone: 'a', rack: '2' },
    { zone: 'b', rack: '1' },
  ];
  // It sends every piece once: slow enough that agents find each other first, and have the rest from each other.
  const limits = { upload: 2 * KIB * KIB };
  const seeder = await all.start({ complete: true, location: { zone: 'a', rack: '1' }, limits });
  const agents = await Promise.all(places.map((location) => all.start({ location })));
  const everybody = [seeder, ...agents];
  for (const { torrent } of agents) torrent.addPeers(everybody.map(({ session }) => session.address));
  await Promise.all(agents.map(({ torrent }) => torrent.whenComplete({ noProgressMs: 30_000 })));
  await settle(everybody);

  for (const agent of agents) {
    const { downloaded, wasted } = booksOf(agent);
    expect(sumOf(downloaded) - sumOf(wasted)).toBe(SIZE);
    expect(downloaded.seeder).toBeGreaterThan(0);
  }
  // What agents have from seeders went to agents; the seeder's own books know them by place.
  expect(total(agents, ({ downloaded }) => downloaded.seeder)).toBe(sumOf(booksOf(seeder).uploaded));
  let exchanged = 0;
  for (const place of ['same-rack', 'same-zone', 'other-zone'] as const) {
    const received = total(agents, ({ downloaded }) => downloaded[place]);
    expect(total(agents, ({ uploaded }) => uploaded[place])).toBe(received);
    exchanged += received;
  }
  expect(exchanged).toBeGreaterThan(SIZE);
  // The third has nobody in its rack, the fourth nobody in its zone.
  expect(booksOf(agents[2]!).downloaded['same-rack']).toBe(0);
  expect(booksOf(agents[3]!).downloaded).toMatchObject({ 'same-rack': 0, 'same-zone': 0 });
});

it('of any two agree on what is said beside payload', async () => {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  const seeder = await swarm.start({ complete: true });
  const client = await swarm.start({ peerClass: 'client' });
  client.torrent.addPeers([seeder.session.address]);
  await client.torrent.whenComplete({ noProgressMs: 30_000 });
  await settle([seeder, client]);
  const [sent, received] = [booksOf(seeder), booksOf(client)];
  expect(onlyIn(received.downloaded)).toEqual(['seeder']);
  expect(onlyIn(sent.uploaded)).toEqual(['client']);
  // Who has everything leaves: what the other still says, the news of 64 pieces at most, is not read any more.
  const lastWords = 64 * 9;
  expect(received.overhead.downloaded).toBeLessThanOrEqual(sent.overhead.uploaded);
  expect(received.overhead.downloaded).toBeGreaterThanOrEqual(sent.overhead.uploaded - lastWords);
  expect(sent.overhead.downloaded).toBe(received.overhead.uploaded);
  // 13 bytes head a block, and there is little else to say.
  const headers = (SIZE / (16 * KIB)) * 13;
  expect(sent.overhead.uploaded).toBeGreaterThan(headers);
  expect(sent.overhead.uploaded).toBeLessThan(headers + 0.01 * SIZE);
});

it('of a session hold those of its torrents, also after these are gone', async () => {
  swarm = await TestSwarm.create(SIZE, PROFILE);
  const seeder = await swarm.start({ complete: true });
  const agent = await swarm.start();
  agent.torrent.addPeers([seeder.session.address]);
  await agent.torrent.whenComplete({ noProgressMs: 30_000 });
  await settle([seeder, agent]);
  expect(agent.session.accounts()).toEqual(booksOf(agent));
  await agent.torrent.remove();
  expect(sumOf(agent.session.accounts().downloaded)).toBe(SIZE);
});

/** Classes that have bytes. */
function onlyIn(bytes: Readonly<Record<SourceClass, number>>): SourceClass[] {
  return SOURCE_CLASSES.filter((name) => bytes[name] > 0);
}
