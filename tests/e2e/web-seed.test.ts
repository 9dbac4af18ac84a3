import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { createHashPool, createTorrent } from '@shoal/session';
import { createCertificateAuthority, isAvailable, startNginx } from '@shoal/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { randomBytes, writeSampleTree } from './support/sample-tree.ts';

const MIB = 1024 * 1024;
/** Nothing listens there: neither end can dial the other. */
const NOWHERE = '127.0.0.1:9';
const ARIA2_TIMEOUT_MS = 30_000;

describe('a seeder that serves files over HTTP', () => {
  const platform = new Platform();
  let contentUrl = '';
  let seederHttp = '';
  beforeAll(async () => {
    await platform.start();
    const { http } = await platform.run(platform.seeder({ serveFiles: true, advertiseAddress: NOWHERE }));
    seederHttp = http;
    contentUrl = `http://${http}/content/`;
  });
  afterAll(() => platform.stop());

  it('gives an agent whose swarm is silent all of a tree', async () => {
    const root = join(platform.directory, 'tree');
    await writeSampleTree(root, 3 * MIB);
    await push(platform, { root, name: 'web', version: '1' });
    const settled = { webSeeds: [contentUrl], advertiseAddress: NOWHERE };
    const addresses = await platform.run(platform.agent('agent-1', settled));
    const api = platform.localApi(addresses);
    for await (const { event } of api.fetch({ name: 'web', version: '1', activate: false })) {
      if (event?.$case !== 'done') continue;
      expect(await describeTree(event.value.path)).toEqual(await describeTree(root));
      const {
        bytesTotal = 0n,
        bytesFromOrigins,
        bytesFromPeers,
        bytesFromSeeders,
      } = event.value.transfer ?? {};
      expect(bytesTotal).toBeGreaterThan(3 * MIB);
      expect([bytesFromOrigins, bytesFromPeers, bytesFromSeeders]).toEqual([bytesTotal, 0n, 0n]);
      expect(await metric(addresses.http, 'shoal_peer_downloaded_bytes_total{class="origin"')).toBe(
        bytesTotal,
      );
    }
    expect(await metric(seederHttp, 'shoal_seeder_file_bytes_total')).toBeGreaterThan(3 * MIB);
    expect.assertions(5);
  });

  /** The value of the first series whose line begins so. */
  async function metric(endpoint: string, series: string): Promise<bigint> {
    const text = await (await fetch(`http://${endpoint}/metrics`)).text();
    const line = text.split('\n').find((candidate) => candidate.startsWith(series));
    return BigInt(line?.split(' ').at(-1) ?? -1);
  }

  it.skipIf(!isAvailable('nginx'))(
    'gives way to another origin, over HTTPS of a named authority',
    async () => {
      const root = join(platform.directory, 'elsewhere');
      await writeSampleTree(root, 1 * MIB, 3);
      const { contentDigest } = await push(platform, { root, name: 'elsewhere', version: '1' });
      const served = join(platform.directory, 'served', Buffer.from(contentDigest).toString('hex'));
      await mkdir(served, { recursive: true });
      await symlink(root, join(served, 'elsewhere'));
      const authority = createCertificateAuthority();
      const webSeedCa = join(platform.directory, 'origin-ca.pem');
      await writeFile(webSeedCa, authority.ca);
      const origin = await startNginx({ root: dirname(served), identity: authority.issue('origin') });
      try {
        const settled = { webSeeds: [origin.url], webSeedCa, advertiseAddress: NOWHERE };
        const api = platform.localApi(await platform.run(platform.agent('agent-3', settled)));
        for await (const { event } of api.fetch({ name: 'elsewhere', version: '1', activate: false })) {
          if (event?.$case === 'done')
            expect(await describeTree(event.value.path)).toEqual(await describeTree(root));
        }
      } finally {
        await origin.stop();
      }
      expect.assertions(1);
    },
  );

  it.skipIf(!isAvailable('aria2'))('is a web seed for aria2', async () => {
    const root = join(platform.directory, 'plain');
    await mkdir(join(root, 'a b'), { recursive: true });
    await writeFile(join(root, 'a b', '100%.bin'), randomBytes(3 * MIB, 2));
    await writeFile(join(root, 'notes'), 'read me');
    const { contentDigest } = await push(platform, { root, name: 'plain', version: '1' });
    const webSeed = `${contentUrl}${Buffer.from(contentDigest).toString('hex')}/`;
    const pool = createHashPool();
    const { bytes } = await createTorrent(root, { pool, name: 'plain', format: 'v1', webSeeds: [webSeed] });
    await pool.close();
    const torrent = join(platform.directory, 'plain.torrent');
    await writeFile(torrent, bytes);
    const target = join(platform.directory, 'aria2');
    const options = [
      '--no-conf',
      '--seed-time=0',
      '--enable-dht=false',
      '--bt-enable-lpd=false',
      '--dir',
      target,
    ];
    await promisify(execFile)('aria2c', [...options, torrent], { timeout: ARIA2_TIMEOUT_MS });
    expect(await describeTree(join(target, 'plain'))).toEqual(await describeTree(root));
  });

  it('refuses to start an agent with something else than URLs', async () => {
    const agent = platform.agent('agent-2', { webSeeds: ['seeder:7422'] });
    await expect(platform.run(agent)).rejects.toMatchObject({ code: 'SHOAL_AGENT_WEB_SEED_URL' });
  });
});
