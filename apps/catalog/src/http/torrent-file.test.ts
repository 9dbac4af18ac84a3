import { parseMetainfo } from '@shoal/protocol';
import { createVerifier } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestBuild } from '../testing/test-build.ts';
import { publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

describe('HTTP', () => {
  let catalog: TestCatalog;
  let build: TestBuild;

  beforeAll(async () => {
    catalog = await startCatalog();
    build = await publishBuild(catalog, { name: 'web', version: '1.0+b', files: { a: 'a'.repeat(100_000) } });
  });
  afterAll(() => catalog.stop());

  const get = (path: string) => fetch(`http://${catalog.service.addresses?.http ?? ''}${path}`);

  it('serves a .torrent of the same swarm, announced with a grant for any host', async () => {
    const response = await get('/v1/default/artifacts/web/1.0%2Bb.torrent');
    expect(response.headers.get('content-type')).toBe('application/x-bittorrent');
    const metainfo = parseMetainfo(new Uint8Array(await response.arrayBuffer()));
    const published = parseMetainfo(build.metainfo);
    expect(metainfo.infoHashV2).toEqual(published.infoHashV2);
    expect(metainfo.infoHashV1).toEqual(published.infoHashV1);
    const [, grant = ''] =
      /^http:\/\/127\.0\.0\.1:7411\/announce\/(.+)\/announce$/.exec(metainfo.announceTiers[0]?.[0] ?? '') ??
      [];
    const verified = createVerifier(catalog.signer.publicKeyPem).verifyGrant(grant, new Date());
    expect(verified).toMatchObject({ namespace: 'default', hostId: '*' });
    expect(verified.infoHashes).toHaveLength(3);
  });

  it('serves each of several swarms of one content by its format, and the first one otherwise', async () => {
    const files = { a: 'in two swarms' };
    await publishBuild(catalog, { name: 'both', version: '1', files });
    await publishBuild(catalog, { name: 'both', version: '2', files, format: 'v1' });
    const formatOf = async (query: string) => {
      const response = await get(`/v1/default/artifacts/both/2.torrent${query}`);
      return parseMetainfo(new Uint8Array(await response.arrayBuffer())).format;
    };
    expect(await formatOf('')).toBe('hybrid');
    expect(await formatOf('?format=v1')).toBe('v1');
  });

  it.each([
    ['/v1/default/artifacts/web/1.0%2Bb.torrent?format=v1', 404, 'SHOAL_SWARM_NOT_FOUND'],
    ['/v1/default/artifacts/web/1.0%2Bb.torrent?public=true', 404, 'SHOAL_SWARM_NOT_FOUND'],
    ['/v1/default/artifacts/web/1.0%2Bb.torrent?format=v3', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['/v1/default/artifacts/web/1.0%2Bb.torrent?piece-length=1e9', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['/v1/default/artifacts/web/1.0%2Bb.torrent?piece-length=70000', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['/v1/default/artifacts/web/2.torrent', 404, 'SHOAL_ARTIFACT_NOT_FOUND'],
    ['/v1/default/artifacts/web/1.0+b', 404, 'SHOAL_ARTIFACT_NOT_FOUND'],
    ['/v1/default/artifacts/..%2Fweb/1.torrent', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
  ])('answers %s with %i', async (path, status, code) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(code);
  });

  it('is ready with its database and bus, and shows the outbox in its metrics', async () => {
    expect(await (await get('/readyz')).json()).toMatchObject({
      ready: true,
      checks: { database: 'ok', bus: 'ok' },
    });
    expect(await (await get('/metrics')).text()).toContain('shoal_catalog_outbox_messages');
    await catalog.bus.close();
    expect((await get('/readyz')).status).toBe(503);
    expect((await get('/healthz')).status).toBe(200);
  });
});
