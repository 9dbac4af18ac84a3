import { MemberRole } from '@shoal/contracts';
import { parseMetainfo, wireInfoHashes } from '@shoal/protocol';
import { createVerifier } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBuild } from '../testing/test-build.ts';
import { helloAgent, publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

const NAMESPACE = 'default';
const DAMAGED = {
  name: 'web',
  version: '1',
  contentDigest: new Uint8Array(32),
  files: 1,
  foundAt: new Date(1_700_000_000_000),
  errorCode: 'SHOAL_FLEET_DAMAGED',
};

describe('the fleet', () => {
  let catalog: TestCatalog;
  let build: TestBuild;

  beforeAll(async () => {
    catalog = await startCatalog();
    // 4,000 small files make more than 256 KiB of metainfo: it travels in several messages.
    const files = Object.fromEntries(
      Array.from({ length: 4_000 }, (_, index) => [`dir/file-${index}`, `${index}`]),
    );
    build = await publishBuild(catalog, { name: 'web', version: '1', files });
  });
  afterAll(() => catalog.stop());

  async function getSwarm(artifact: Parameters<TestCatalog['fleet']['getSwarm']>[0]['artifact']) {
    const chunks: Uint8Array[] = [];
    const descriptions = [];
    for await (const { part } of catalog.fleet.getSwarm({
      namespace: NAMESPACE,
      hostId: 'host-1',
      artifact,
    })) {
      if (part?.$case === 'swarm') descriptions.push(part.value);
      if (part?.$case === 'metainfo') chunks.push(part.value);
    }
    return { description: descriptions[0]!, descriptions, chunks };
  }

  it('gives a host all it needs to join a swarm', async () => {
    const { description, descriptions, chunks } = await getSwarm({
      $case: 'artifactVersion',
      value: { name: 'web', version: '' },
    });
    expect(descriptions).toHaveLength(1);
    expect(description).toMatchObject({ artifact: { version: '1' }, trackerEndpoints: ['tracker:1'] });
    expect(chunks.length).toBeGreaterThan(1);
    expect(Math.max(...chunks.map((chunk) => chunk.length))).toBe(256 * 1024);
    const metainfo = Buffer.concat(chunks);
    expect(metainfo).toEqual(Buffer.from(build.metainfo));
    expect(metainfo).toHaveLength(description.metainfoSize);

    const grant = createVerifier(catalog.signer.publicKeyPem).verifyGrant(description.grant, new Date());
    expect(grant).toMatchObject({
      namespace: NAMESPACE,
      hostId: 'host-1',
      expiresAt: description.grantExpiresAt,
    });
    expect(grant.infoHashes).toEqual(
      wireInfoHashes(parseMetainfo(metainfo)).map((hash) => Buffer.from(hash)),
    );
  });

  it('finds a swarm by content, and says what it does not have', async () => {
    const { description } = await getSwarm({ $case: 'contentDigest', value: build.contentDigest });
    expect(description.artifact?.name).toBe('web');
    await expect(getSwarm({ $case: 'contentDigest', value: new Uint8Array(32) })).rejects.toMatchObject({
      code: 'SHOAL_ARTIFACT_NOT_FOUND',
    });
    await expect(getSwarm(undefined)).rejects.toMatchObject({ code: 'SHOAL_CATALOG_INVALID_REQUEST' });
  });

  it('renews a grant', async () => {
    const { contentDigest } = build;
    const request = { namespace: NAMESPACE, hostId: 'host-1', contentDigest, name: 'web' };
    const { grant, expiresAt } = await catalog.fleet.renewGrant(request);
    const verified = createVerifier(catalog.signer.publicKeyPem).verifyGrant(grant, new Date());
    expect(verified.infoHashes).toHaveLength(1);
    expect(verified.expiresAt).toEqual(expiresAt);
  });

  it('lists what a seeder should serve', async () => {
    const { seedings } = await catalog.fleet.listSeedings({ namespace: NAMESPACE, seederId: 'seeder-1' });
    expect(seedings).toMatchObject([{ name: 'web', namespace: NAMESPACE }]);
    const other = await catalog.fleet.listSeedings({ namespace: NAMESPACE, seederId: 'seeder-2' });
    expect(other.seedings).toEqual([]);
  });

  it('lists members by labels, and by what they are', async () => {
    await helloAgent(catalog, 'host-1', { tier: 'web' });
    await helloAgent(catalog, 'host-2', { tier: 'db' });
    const { hosts } = await catalog.fleet.listHosts({ namespace: NAMESPACE, selector: { tier: 'db' } });
    expect(hosts).toMatchObject([{ hostId: 'host-2', role: MemberRole.MEMBER_ROLE_AGENT, alive: true }]);
    const named = await catalog.fleet.listHosts({ namespace: NAMESPACE, selector: { host: 'host-1' } });
    expect(named.hosts.map((host) => host.hostId)).toEqual(['host-1']);
  });

  it.each([
    [{ hostId: 'A B' }, /^host_id/],
    [{ role: 7 as MemberRole }, /^role/],
    [{ role: MemberRole.MEMBER_ROLE_SEEDER, endpoint: 'nowhere' }, /^endpoint/],
    [{ labels: { '': 'x' } }, /^a key of labels/],
    [
      { applied: [{ name: 'web', revision: 2n ** 64n - 1n, contentDigest: new Uint8Array(32) }] },
      /^revision/,
    ],
    [{ applied: [{ name: 'web', revision: 1n, contentDigest: new Uint8Array(31) }] }, /content_digest/],
    [{ scrub: { damaged: Array.from({ length: 101 }, () => DAMAGED) } }, 'scrub.damaged is longer than 100'],
    [{ scrub: { damaged: [{ ...DAMAGED, name: '../up' }] } }, 'name is "../up"'],
    [
      { scrub: { damaged: [{ ...DAMAGED, contentDigest: new Uint8Array(3) }] } },
      'scrub.damaged.content_digest',
    ],
  ])('refuses the hello %o', async (wrong, message) => {
    const hello = { namespace: NAMESPACE, role: MemberRole.MEMBER_ROLE_AGENT, hostId: 'host-9', ...wrong };
    await expect(catalog.fleet.hello(hello)).rejects.toMatchObject({
      code: 'SHOAL_CATALOG_INVALID_REQUEST',
      message: expect.stringMatching(message) as string,
    });
  });

  it('shows what is damaged on a host, messages cut and without control characters', async () => {
    const role = MemberRole.MEMBER_ROLE_SEEDER;
    const damaged = [{ ...DAMAGED, errorMessage: `a\u0007${'b'.repeat(1_000)}` }];
    const hello = { namespace: NAMESPACE, role, hostId: 'rotten', endpoint: 'rotten:1' };
    await catalog.fleet.hello({ ...hello, scrub: { damagedArtifacts: 3, damaged } });
    const rotten = async () => {
      const { hosts } = await catalog.fleet.listHosts({ namespace: NAMESPACE, selector: { host: 'rotten' } });
      return hosts[0]?.scrub;
    };
    expect(await rotten()).toEqual({
      lastVerifiedAt: undefined,
      damagedArtifacts: 3,
      damaged: [{ ...DAMAGED, contentDigest: Buffer.alloc(32), errorMessage: `a ${'b'.repeat(510)}` }],
    });
    await catalog.fleet.hello(hello);
    expect(await rotten()).toBeUndefined();
  });

  it('keeps free bytes that no disk has within what the database holds', async () => {
    const freeBytes = 2n ** 64n - 1n;
    const role = MemberRole.MEMBER_ROLE_AGENT;
    await catalog.fleet.hello({ namespace: NAMESPACE, role, hostId: 'huge', freeBytes });
    const { hosts } = await catalog.fleet.listHosts({ namespace: NAMESPACE, selector: { host: 'huge' } });
    expect(hosts[0]?.freeBytes).toBe(2n ** 63n - 1n);
  });
});
