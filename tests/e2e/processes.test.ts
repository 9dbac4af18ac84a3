import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMetainfo } from '@shoal/protocol';
import {
  freePort,
  isAvailable,
  startNats,
  startPostgres,
  type TestNats,
  type TestPostgres,
} from '@shoal/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ServiceProcess, shoal, shoalOk, startService } from './support/cli.ts';
import { describeTree } from './support/compare-trees.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;
const AGENTS = ['host-1', 'host-2', 'host-3'] as const;

/** What `shoal rollout watch --json` prints a line of. */
interface WatchLine {
  readonly rollout: { readonly state: string; readonly activated: number };
}

describe.skipIf(!isAvailable('postgres') || !isAvailable('nats'))(
  'services in processes of their own',
  () => {
    const services = new Map<string, ServiceProcess>();
    const starts = new Map<string, () => Promise<ServiceProcess>>();
    let scratch: string;
    let catalog: string;
    let postgres: TestPostgres;
    let nats: TestNats;
    let builds = 0;

    beforeAll(async () => {
      scratch = await mkdtemp(join(tmpdir(), 'shoal-processes-'));
      [postgres, nats] = await Promise.all([startPostgres(), startNats()]);
      const port = async (): Promise<string> => `127.0.0.1:${await freePort()}`;
      catalog = await port();
      const [catalogHttp, tracker, trackerHttp, seeder, seederHttp] = await Promise.all([
        port(),
        port(),
        port(),
        port(),
        port(),
      ]);
      const key = join(scratch, 'catalog.key');
      const database = await postgres.createDatabase();
      define('catalog', 'catalog', [
        ...['--listen', catalog, '--http-listen', catalogHttp, '--key-file', key],
        ...['--database', database, '--nats', nats.url],
        ...['--trackers', tracker, '--tracker-http-url', `http://${trackerHttp}`],
      ]);
      define('tracker', 'tracker', [
        '--listen',
        tracker,
        '--http-listen',
        trackerHttp,
        '--catalog-public-key',
        `${key}.pub`,
      ]);
      define('seeder', 'seeder', [
        ...[
          '--listen',
          seeder,
          '--http-listen',
          seederHttp,
          '--loops',
          '2',
          '--peer-listen',
          '127.0.0.1:0',
          '--catalog',
          catalog,
        ],
        ...[
          '--host-id',
          'seeder-1',
          '--data-dir',
          join(scratch, 'seeder-1'),
          '--catalog-public-key',
          `${key}.pub`,
        ],
      ]);
      for (const host of AGENTS) {
        define(host, 'agent', [
          ...['--host-id', host, '--data-dir', join(scratch, host), '--catalog', catalog, '--nats', nats.url],
          ...['--http-listen', '127.0.0.1:0', '--peer-listen', '127.0.0.1:0', '--labels', 'role=web'],
        ]);
      }
      // The catalog makes the key that tracker and seeder read.
      await start('catalog');
      await Promise.all(['tracker', 'seeder', ...AGENTS].map(start));
      await allAlive();
    }, 120_000);

    afterAll(async () => {
      await Promise.all([...services.values()].map((service) => service.end('SIGKILL')));
      await Promise.all([postgres.stop(), nats.stop()]);
      await rm(scratch, { recursive: true, force: true });
    });

    function define(name: string, service: string, args: readonly string[]): void {
      starts.set(name, () => startService(service, ...args));
    }

    async function start(name: string): Promise<void> {
      services.set(name, await starts.get(name)!());
    }

    /** Waits until the catalog has heard of everyone. */
    async function allAlive(): Promise<void> {
      await until('every agent and the seeder are alive', async () => {
        const hosts = (await shoalOk('agents', '--json', '--catalog', catalog)).trim().split('\n');
        return hosts.filter((line) => line.includes('"alive":true')).length === AGENTS.length + 1
          ? true
          : undefined;
      });
    }

    /** Pushes a tree that nobody has seen, rolls it out, and compares what each host has with what was pushed. */
    async function pushAndRollOut(): Promise<void> {
      builds += 1;
      const root = join(scratch, `build-${builds}`);
      await writeSampleTree(root, 3 * MIB, builds);
      const version = `1.0.${builds}`;
      await shoalOk('push', root, '--name', 'web', '--version', version, '--catalog', catalog);
      const watched = await shoalOk(
        ...[
          'rollout',
          'create',
          `web@${version}`,
          '--select',
          'role=web',
          '--watch',
          '--json',
          '--catalog',
          catalog,
        ],
      );
      const last = JSON.parse(watched.trim().split('\n').at(-1)!) as WatchLine;
      expect(last.rollout).toMatchObject({ state: 'completed', activated: AGENTS.length });
      const pushed = await describeTree(root);
      for (const host of AGENTS) {
        expect(await describeTree(join(scratch, host, 'live', 'web', '.'))).toEqual(pushed);
      }
    }

    it('push a build to every host', pushAndRollOut);

    it.each(['catalog', 'tracker', 'seeder', AGENTS[0]])(
      'go on after %s was killed and started again',
      async (name) => {
        await services.get(name)!.end('SIGKILL');
        await start(name);
        await allAlive();
        await pushAndRollOut();
      },
    );

    it('go on after PostgreSQL was killed and started again', async () => {
      await postgres.kill();
      const { code, stdout } = await shoal('ls', '--json', '--catalog', catalog);
      expect({ code, stdout }).toMatchObject({
        code: 5,
        stdout: expect.stringContaining('SHOAL_DATABASE_') as string,
      });
      await postgres.start();
      await pushAndRollOut();
    });

    it('go on after nats-server was killed and started again', async () => {
      await nats.kill();
      await nats.start();
      await pushAndRollOut();
    });

    it('make a swarm for stock clients though seeder and catalog are killed meanwhile', async () => {
      await services.get('seeder')!.end('SIGKILL');
      const output = join(scratch, 'old.torrent');
      const wanted = ['web@1.0.1', '--format', 'v1', '--output', output, '--catalog', catalog];
      const exported = shoalOk('torrent', 'export', ...wanted);
      await until('it waits for the seeder', async () =>
        (await shoalOk('swarm', 'ls', 'web@1.0.1', '--catalog', catalog)).includes('pending')
          ? true
          : undefined,
      );
      await services.get('catalog')!.end('SIGKILL');
      await start('catalog');
      await start('seeder');
      await exported;
      expect(parseMetainfo(await readFile(output))).toMatchObject({
        format: 'v1',
        name: 'web',
        private: true,
      });
    });

    it('push nothing when the same bytes are there', async () => {
      const root = join(scratch, 'build-1');
      const printed = await shoalOk(
        'push',
        root,
        '--name',
        'web',
        '--version',
        '1.0.1',
        '--json',
        '--catalog',
        catalog,
      );
      expect(JSON.parse(printed)).toMatchObject({ moved: 0 });
    });

    it('refuse other bytes under a version that is taken', async () => {
      const root = join(scratch, 'build-2');
      const { code, stdout } = await shoal(
        'push',
        root,
        '--name',
        'web',
        '--version',
        '1.0.1',
        '--json',
        '--catalog',
        catalog,
      );
      expect(code).toBe(4);
      expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'SHOAL_ARTIFACT_VERSION_TAKEN' } });
    });

    it('take a push through the catalog', async () => {
      const root = join(scratch, 'relayed');
      await writeSampleTree(root, MIB, 99);
      await shoalOk(
        'push',
        root,
        '--name',
        'relayed',
        '--version',
        '1',
        '--via',
        'relay',
        '--catalog',
        catalog,
      );
      expect(await shoalOk('show', 'relayed', '--catalog', catalog)).toContain('relayed@1');
    });

    it('fetch for a script on the host', async () => {
      const socket = `unix:${join(scratch, AGENTS[0], 'agent.sock')}`;
      const path = (await shoalOk('fetch', 'relayed@1', '--agent-socket', socket)).trim();
      expect(await shoalOk('stats', '--agent-socket', socket)).toMatch(/^relayed@1 .* \d+\.\d\d  /m);
      const books = await shoalOk('stats', 'relayed@1', '--agent-socket', socket, '--json');
      expect(JSON.parse(books)).toMatchObject({ name: 'relayed', version: '1', wasted: { failed: 0 } });
      expect(await describeTree(path)).toEqual(await describeTree(join(scratch, 'relayed')));
    });

    it('end in order when they are asked to', async () => {
      const codes = await Promise.all([...services.values()].map((service) => service.end('SIGTERM')));
      expect(codes).toEqual(codes.map(() => 0));
    });
  },
);
