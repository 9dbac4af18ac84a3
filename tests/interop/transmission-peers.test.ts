import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHashPool, createTorrent } from '@shoal/session';
import { isAvailable } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cleanup } from '../../bench/harness/cleanup.ts';
import { systemCommand } from '../../bench/harness/system-command.ts';
import { createLan } from '../../bench/network/lan.ts';
import type { NetworkHost } from '../../bench/network/network.ts';
import { canMakeNamespaces, ownPrivileges } from '../../bench/network/privileges.ts';
import { startAria2, startShoalProcess } from './drivers/contestant.ts';
import type { StockClient } from './drivers/stock-client.ts';
import { startTransmission } from './drivers/transmission.ts';

/**
 * Transmission takes no loopback address that another peer tells, keeps one peer for each address, and announces to other
 * hosts alone: each client here is a host of its own, with a network namespace.
 */
const KIB = 1024;
const SIZE = 16 * 1024 * KIB;
/** A gigabit: not what is tested. */
const LINK_RATE = 125_000_000;
/** So slow that nobody has the torrent from it within the time of a test: it takes 17 minutes. */
const TRICKLE = { up: 16, down: 16 };
const TRANSMISSION_TRICKLE = {
  'speed-limit-up': 16,
  'speed-limit-up-enabled': true,
  'speed-limit-down': 16,
  'speed-limit-down-enabled': true,
};
const LSD_GROUPS = '239.0.0.0/8';
/** Transmission tells of peers when they agree on it, then every 90 s. */
const PEX_DEADLINE_MS = 115_000;
const PEX_TEST_MS = 150_000;
/** Transmission announces after 5 s, lets others have pieces after up to 10 s. */
const COMPLETE_DEADLINE_MS = 90_000;

const cleanup = new Cleanup();
let scratch: string;
let torrentFile: string;
/** Hosts of one network. */
let hosts: readonly [NetworkHost, NetworkHost, NetworkHost];
let running: StockClient[] = [];

describe.skipIf(!isAvailable('transmission') || !canMakeNamespaces(ownPrivileges()))('Transmission', () => {
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'shoal-transmission-peers-'));
    cleanup.add(() => rm(scratch, { recursive: true, force: true }));
    hosts = await makeNetwork();
    const source = join(scratch, 'content');
    await writeFile(
      source,
      Buffer.from(Uint8Array.from({ length: SIZE }, (_, at) => (at * 31 + (at >> 8) * 7) & 0xff)),
    );
    const pool = createHashPool();
    cleanup.add(() => pool.close());
    const { bytes } = await createTorrent(source, { pool, format: 'v1', pieceLength: 64 * KIB });
    torrentFile = join(scratch, 'content.torrent');
    await writeFile(torrentFile, bytes);
  });
  afterEach(async () => {
    await Promise.all(running.map((client) => client.stop()));
    running = [];
  });
  afterAll(() => cleanup.run());

  it.skipIf(!isAvailable('aria2'))(
    'is told by ours of a seeder (BEP 11), and dials it',
    async () => {
      const [ours, theirs, third] = hosts;
      // A seeder that dials nobody and knows nobody.
      const seeder = await started(
        startAria2({ torrentFile, directory: scratch, role: 'seeder', at: third }),
      );
      const directory = await emptyDirectory();
      const settings = { 'pex-enabled': true };
      const client = await started(
        startTransmission({ torrentFile, directory, role: 'leecher', at: theirs, settings }),
      );
      const peers = [addressOf(theirs, client), addressOf(third, seeder)];
      const hub = { torrentFile, directory: await emptyDirectory(), role: 'leecher', at: ours } as const;
      await started(startShoalProcess({ ...hub, peers, settings: TRICKLE }));
      await client.complete(COMPLETE_DEADLINE_MS);
      await expectContent(directory);
    },
    PEX_TEST_MS,
  );

  it(
    'tells ours of each other (BEP 11)',
    async () => {
      const [ours, theirs, third] = hosts;
      const settings = { 'pex-enabled': true, ...TRANSMISSION_TRICKLE };
      const hub = await started(
        startTransmission({
          ...{ torrentFile, directory: await emptyDirectory(), role: 'leecher', at: theirs, settings },
        }),
      );
      const peers = [addressOf(theirs, hub)];
      await started(startShoalProcess({ torrentFile, directory: scratch, role: 'seeder', at: third, peers }));
      const directory = await emptyDirectory();
      const leecher = await started(
        startShoalProcess({ torrentFile, directory, role: 'leecher', at: ours, peers }),
      );
      await leecher.complete(PEX_DEADLINE_MS);
      await expectContent(directory);
    },
    PEX_TEST_MS,
  );

  it('hears what ours announces in the local network (BEP 14), and dials', async () => {
    const [ours, theirs] = hosts;
    const directory = await emptyDirectory();
    const settings = { 'lpd-enabled': true };
    const client = await started(
      startTransmission({ torrentFile, directory, role: 'leecher', at: theirs, settings }),
    );
    // It hears nothing before; its next one is minutes away.
    await client.logs('LPD announce message away', COMPLETE_DEADLINE_MS);
    await started(
      startShoalProcess({
        ...{ torrentFile, directory: scratch, role: 'seeder', at: ours, settings: { lsd: 1 } },
      }),
    );
    await client.complete(COMPLETE_DEADLINE_MS);
    await expectContent(directory);
  });

  it('is heard by ours (BEP 14), which dials', async () => {
    const [ours, theirs] = hosts;
    const directory = await emptyDirectory();
    const leecher = await started(
      startShoalProcess({ torrentFile, directory, role: 'leecher', at: ours, settings: { lsd: 1 } }),
    );
    const settings = { 'lpd-enabled': true };
    await started(
      startTransmission({ torrentFile, directory: scratch, role: 'seeder', at: theirs, settings }),
    );
    await leecher.complete(COMPLETE_DEADLINE_MS);
    await expectContent(directory);
  });
});

async function makeNetwork(): Promise<typeof hosts> {
  const lan = await createLan(cleanup, `shoal-tr-${process.pid}`, 3, LINK_RATE);
  for (const { namespace = '' } of lan.hosts) {
    await systemCommand('ip', '-n', namespace, 'route', 'add', LSD_GROUPS, 'dev', 'eth0');
  }
  const [first, second, third] = lan.hosts;
  return [first!, second!, third!];
}

async function started<Client extends StockClient>(starting: Promise<Client>): Promise<Client> {
  const client = await starting;
  running.push(client);
  return client;
}

async function emptyDirectory(): Promise<string> {
  return await mkdtemp(join(scratch, 'leecher-'));
}

function addressOf({ address }: NetworkHost, { port }: StockClient) {
  return { host: address, port };
}

async function expectContent(directory: string): Promise<void> {
  const [actual, expected] = await Promise.all([
    readFile(join(directory, 'content')),
    readFile(join(scratch, 'content')),
  ]);
  expect(actual.equals(expected)).toBe(true);
}
