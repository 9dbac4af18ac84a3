import {
  type CompleteSwarmRequest,
  type CreateUploadRequest,
  MemberRole,
  SwarmFormat,
  type SwarmKey,
  SwarmState,
  type UploadHeader,
} from '@shoal/contracts';
import { sideSwarms } from '@shoal/database';
import { entriesOf, manifestChunks } from '@shoal/fleet';
import { contentDigest, type ManifestEntry, parseMetainfo, wireInfoHashes } from '@shoal/protocol';
import { createLogger, createVerifier } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MAX_SIDE_SWARMS } from '../constants.ts';
import { makeBuild, type TestBuild } from '../testing/test-build.ts';
import { helloSeeder, publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';
import { removeExpired } from './side-swarm-expiry.ts';

const NAMESPACE = 'default';
const FILES_URL = 'http://seeder-1:7422/content/';
const V1 = SwarmFormat.SWARM_FORMAT_V1;

interface Claim {
  readonly key: SwarmKey | undefined;
  readonly entries: readonly ManifestEntry[];
}

describe('side swarms', () => {
  let catalog: TestCatalog;
  let builds = 0;

  beforeAll(async () => {
    catalog = await startCatalog();
  });
  afterAll(() => catalog.stop());

  /** Publishes a build that no other test has, held by seeder-1. */
  async function artifact() {
    builds += 1;
    const name = `web-${builds}`;
    const files = { a: `${name} one`, 'b/c': `${name} two`.repeat(20_000) };
    const build = await publishBuild(catalog, { name, version: '1', files });
    const wanted = (more: object = {}) => ({ namespace: NAMESPACE, name, version: '1', ...more });
    return { name, files, build, wanted };
  }

  async function claim(seederId = 'seeder-1'): Promise<Claim> {
    let key: SwarmKey | undefined;
    const entries: ManifestEntry[] = [];
    for await (const { part } of catalog.swarms.claimSwarm({ namespace: NAMESPACE, seederId })) {
      if (part?.$case === 'swarm') key = part.value;
      if (part?.$case === 'manifest') entries.push(...entriesOf(part.value));
    }
    return { key, entries };
  }

  async function* report(
    swarm: SwarmKey,
    metainfo: Uint8Array,
    { seederId = 'seeder-1', errorCode = '' } = {},
  ): AsyncGenerator<CompleteSwarmRequest> {
    yield { part: { $case: 'header', value: { swarm, seederId, errorCode } } };
    yield await Promise.resolve({ part: { $case: 'metainfo', value: metainfo } } as const);
  }

  async function exported(wanted: object) {
    const chunks: Uint8Array[] = [];
    for await (const { chunk } of catalog.swarms.exportTorrent({ wanted })) chunks.push(chunk);
    return parseMetainfo(Buffer.concat(chunks));
  }

  /** Has a v1 swarm made, by seeder-1. */
  async function makeV1({ name, files, wanted }: Awaited<ReturnType<typeof artifact>>): Promise<TestBuild> {
    await catalog.swarms.createSwarm({ wanted: wanted({ format: V1 }) });
    const { key } = await claim();
    const made = makeBuild({ name, files, format: 'v1' });
    await catalog.swarms.completeSwarm(report(key!, made.metainfo));
    return made;
  }

  it('are registered, claimed by a holder, made, and exported', async () => {
    const web = await artifact();
    const { swarm } = await catalog.swarms.createSwarm({ wanted: web.wanted({ format: V1, public: true }) });
    expect(swarm).toMatchObject({ state: SwarmState.SWARM_STATE_PENDING, main: false });
    await expect(exported(web.wanted({ format: V1, public: true }))).rejects.toMatchObject({
      code: 'SHOAL_SWARM_PENDING',
    });

    const welcome = await catalog.fleet.hello({
      namespace: NAMESPACE,
      role: MemberRole.MEMBER_ROLE_SEEDER,
      hostId: 'seeder-1',
      endpoint: '127.0.0.1:1',
      filesUrl: FILES_URL,
    });
    expect(welcome.swarmsToMake).toBe(true);
    const { key, entries } = await claim();
    expect(contentDigest(entries)).toEqual(web.build.contentDigest);
    expect(key).toMatchObject({ name: web.name, profile: { format: V1, private: false } });

    const made = makeBuild({ name: web.name, files: web.files, format: 'v1', public: true });
    await catalog.swarms.completeSwarm(report(key!, made.metainfo));
    await catalog.swarms.completeSwarm(report(key!, made.metainfo));
    expect((await claim()).key).toBeUndefined();

    const torrent = await exported(web.wanted({ format: V1, public: true }));
    expect(torrent.infoHashV1).toEqual(parseMetainfo(made.metainfo).infoHashV1);
    expect(torrent).toMatchObject({ format: 'v1', private: false });
    expect(torrent.webSeeds).toEqual([`${FILES_URL}${hex(web.build.contentDigest)}/`]);
    const [, grant = ''] = /\/([^/]+)\/announce$/.exec(torrent.announceTiers[0]?.[0] ?? '') ?? [];
    const { infoHashes, hostId } = createVerifier(catalog.signer.publicKeyPem).verifyGrant(grant, new Date());
    expect(hostId).toBe('*');
    expect(infoHashes).toEqual(wireInfoHashes(torrent).map((hash) => Buffer.from(hash)));
  });

  it('leave the main swarm as it is, also for agents and for those who push the content again', async () => {
    const web = await artifact();
    await makeV1(web);
    const { swarms } = await catalog.swarms.listSwarms(web.wanted());
    expect(swarms.map(({ main, state }) => [main, state])).toEqual([
      [true, SwarmState.SWARM_STATE_READY],
      [false, SwarmState.SWARM_STATE_READY],
    ]);
    expect(swarms[1]?.expiresAt?.getTime()).toBeGreaterThan(Date.now());
    const found = await catalog.artifacts.getArtifact(web.wanted());
    expect(found.artifact?.swarm?.profile?.format).toBe(swarms[0]?.swarm?.profile?.format);
    expect(found.artifact?.swarm?.profile?.format).not.toBe(V1);
    const main = await catalog.swarms.createSwarm({ wanted: web.wanted() });
    expect(main.swarm).toMatchObject({ main: true, state: SwarmState.SWARM_STATE_READY });
    // It is not taken for the swarm that another artifact would be published with: that needs an upload.
    const upload = {
      namespace: NAMESPACE,
      name: 'copy',
      version: '1',
      labels: {},
      format: V1,
      client: undefined,
    };
    const pushed = catalog.uploads.createUpload(createMessages(upload, web.build));
    await expect(pushed).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_NO_SEEDER' });
  });

  it('stop being side swarms when an artifact is published with them', async () => {
    const web = await artifact();
    const made = await makeV1(web);
    await publishBuild(catalog, { name: web.name, version: '2', files: web.files, format: 'v1' });
    const { swarms } = await catalog.swarms.listSwarms(web.wanted({ version: '2' }));
    expect(swarms.map(({ main, expiresAt }) => [main, expiresAt])).toEqual([
      [true, undefined],
      [false, undefined],
    ]);
    const wanted = web.wanted({ format: V1 });
    await catalog.swarms.deleteSwarm({ wanted });
    expect((await exported(wanted)).infoHashV1).toEqual(parseMetainfo(made.metainfo).infoHashV1);
  });

  it('are given to members by their info-hash, with a grant for it', async () => {
    const web = await artifact();
    const made = parseMetainfo((await makeV1(web)).metainfo);
    const [infoHash] = wireInfoHashes(made);
    const request = { namespace: NAMESPACE, hostId: 'seeder-1', contentDigest: web.build.contentDigest };
    const { grant } = await catalog.fleet.renewGrant({ ...request, name: web.name, infoHash: infoHash! });
    const verified = createVerifier(catalog.signer.publicKeyPem).verifyGrant(grant, new Date());
    expect(verified.infoHashes).toEqual([Buffer.from(infoHash!)]);
    for (const wrong of [new Uint8Array(20), new Uint8Array(7)]) {
      const renewed = catalog.fleet.renewGrant({ ...request, name: web.name, infoHash: wrong });
      await expect(renewed).rejects.toMatchObject({
        code: wrong.length === 20 ? 'SHOAL_SWARM_NOT_FOUND' : 'SHOAL_CATALOG_INVALID_REQUEST',
      });
    }
  });

  it.each([
    [
      'another content',
      'SHOAL_UPLOAD_METAINFO_MISMATCH',
      () => makeBuild({ name: 'x', files: { a: 'b' } }).metainfo,
    ],
    ['no dictionary', 'SHOAL_METAINFO_NOT_A_DICTIONARY', () => Buffer.from('le')],
  ])('are not made of the metainfo of %s', async (_, code, metainfo) => {
    const web = await artifact();
    const wanted = web.wanted({ format: V1 });
    await catalog.swarms.createSwarm({ wanted });
    const { key } = await claim();
    await expect(catalog.swarms.completeSwarm(report(key!, metainfo()))).rejects.toMatchObject({ code });
    const { swarms } = await catalog.swarms.listSwarms(web.wanted());
    expect(swarms[1]).toMatchObject({ state: SwarmState.SWARM_STATE_FAILED, errorCode: code });
    await expect(exported(wanted)).rejects.toMatchObject({ code: 'SHOAL_SWARM_FAILED' });
    const again = await catalog.swarms.createSwarm({ wanted });
    expect(again.swarm?.state).toBe(SwarmState.SWARM_STATE_PENDING);
    await catalog.swarms.deleteSwarm({ wanted });
  });

  it('fail when their seeder says so, and take nothing from a seeder without a copy', async () => {
    const web = await artifact();
    await helloSeeder(catalog, 'seeder-2');
    await catalog.swarms.createSwarm({ wanted: web.wanted({ format: V1 }) });
    const { key } = await claim();
    const stranger = catalog.swarms.completeSwarm(
      report(key!, new Uint8Array(), { seederId: 'seeder-2', errorCode: 'SHOAL_STORE_IO' }),
    );
    await expect(stranger).rejects.toMatchObject({ code: 'SHOAL_SWARM_NO_COPY' });
    await catalog.swarms.completeSwarm(report(key!, new Uint8Array(), { errorCode: 'SHOAL_STORE_IO' }));
    const { swarms } = await catalog.swarms.listSwarms(web.wanted());
    expect(swarms[1]).toMatchObject({ errorCode: 'SHOAL_STORE_IO' });
  });

  it('are removed on request and when their time is over', async () => {
    const web = await artifact();
    const made = await makeV1(web);
    const before = await helloSeeder(catalog, 'seeder-1');
    const wanted = web.wanted({ format: V1 });
    expect(await catalog.swarms.deleteSwarm({ wanted })).toEqual({ deleted: true });
    expect(await catalog.swarms.deleteSwarm({ wanted })).toEqual({ deleted: false });
    expect(await helloSeeder(catalog, 'seeder-1'), 'seedings revision').toBe(before + 1n);
    await expect(exported(wanted)).rejects.toMatchObject({ code: 'SHOAL_SWARM_NOT_FOUND' });

    const logger = createLogger({ service: 'test', level: 'silent' });
    const [pending] = await sideSwarmsOf(web, wanted);
    await catalog.database.transaction(async (transaction) => {
      await sideSwarms.remove(transaction, pending!);
      const lifetimeMs = -1;
      await sideSwarms.register(transaction, { key: pending!, principal: 'ci', lifetimeMs, limit: 9 });
    });
    expect(await removeExpired({ database: catalog.database, logger })).toBe(1);
    expect(await removeExpired({ database: catalog.database, logger })).toBe(0);
    expect((await catalog.swarms.listSwarms(web.wanted())).swarms).toHaveLength(1);
    const late = report((await lateKey(web))!, made.metainfo);
    await expect(catalog.swarms.completeSwarm(late)).rejects.toMatchObject({ code: 'SHOAL_SWARM_NOT_FOUND' });
  });

  async function sideSwarmsOf({ build, name }: Awaited<ReturnType<typeof artifact>>, wanted: object) {
    await catalog.swarms.createSwarm({ wanted });
    const owner = { namespace: NAMESPACE, name, contentDigest: build.contentDigest };
    return sideSwarms.ofArtifact(catalog.database.db, owner);
  }

  /** The key of a side swarm that was claimed, and removed before it was made. */
  async function lateKey({ wanted }: Awaited<ReturnType<typeof artifact>>) {
    await catalog.swarms.createSwarm({ wanted: wanted({ format: V1 }) });
    const { key } = await claim();
    await catalog.swarms.deleteSwarm({ wanted: wanted({ format: V1 }) });
    return key;
  }

  it('are bounded in number, padding and pieces', async () => {
    const web = await artifact();
    for (let count = 0; count < MAX_SIDE_SWARMS; count += 1) {
      const pieceLength = 131_072 * 2 ** (count >> 1);
      const wanted = web.wanted({ format: V1, pieceLength, public: count % 2 === 1 });
      await catalog.swarms.createSwarm({ wanted });
    }
    const more = catalog.swarms.createSwarm({ wanted: web.wanted({ format: V1 }) });
    await expect(more).rejects.toMatchObject({ code: 'SHOAL_SWARM_TOO_MANY' });

    const files = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`file-${index}`, 'x']));
    await publishBuild(catalog, { name: 'small-files', version: '1', files });
    const padded = catalog.swarms.createSwarm({
      wanted: {
        namespace: NAMESPACE,
        name: 'small-files',
        format: SwarmFormat.SWARM_FORMAT_HYBRID,
        pieceLength: 16 * 1024 * 1024,
      },
    });
    await expect(padded).rejects.toMatchObject({ code: 'SHOAL_SWARM_TOO_MUCH_PADDING' });
  });

  it.each([
    [{ pieceLength: 70_000 }, 'SHOAL_CATALOG_INVALID_REQUEST'],
    [{ format: 9 as SwarmFormat }, 'SHOAL_CATALOG_INVALID_REQUEST'],
    [{ name: '../x' }, 'SHOAL_CATALOG_INVALID_REQUEST'],
    [{ name: 'unknown' }, 'SHOAL_ARTIFACT_NOT_FOUND'],
  ])('are refused: %o', async (wrong, code) => {
    const wanted = { namespace: NAMESPACE, name: 'web-1', version: '1', ...wrong };
    await expect(catalog.swarms.createSwarm({ wanted })).rejects.toMatchObject({ code });
  });
});

async function* createMessages(
  header: UploadHeader,
  { entries }: TestBuild,
): AsyncGenerator<CreateUploadRequest> {
  yield { part: { $case: 'header', value: header } };
  for (const value of manifestChunks(entries)) {
    yield await Promise.resolve({ part: { $case: 'manifest', value } } as const);
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
