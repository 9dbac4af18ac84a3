import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

const NAMESPACE = 'default';

describe('artifacts', () => {
  let catalog: TestCatalog;

  beforeAll(async () => {
    catalog = await startCatalog();
    await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'one' } });
    await publishBuild(catalog, { name: 'web', version: '2', files: { a: 'two' } });
    await publishBuild(catalog, { name: 'db', version: '1', files: { a: 'three' } });
  });
  afterAll(() => catalog.stop());

  it('gets one version, and the newest without one', async () => {
    const one = await catalog.artifacts.getArtifact({ namespace: NAMESPACE, name: 'web', version: '1' });
    const newest = await catalog.artifacts.getArtifact({ namespace: NAMESPACE, name: 'web' });
    expect([one.artifact?.version, newest.artifact?.version]).toEqual(['1', '2']);
    expect(newest.artifact?.swarm?.infoHashV2).toHaveLength(32);
  });

  it('lists newest first, page by page', async () => {
    const names: string[] = [];
    let pageToken = '';
    do {
      const page = await catalog.artifacts.listArtifacts({ namespace: NAMESPACE, pageSize: 2, pageToken });
      names.push(...page.artifacts.map(({ name, version }) => `${name}@${version}`));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(names).toEqual(['db@1', 'web@2', 'web@1']);
  });

  it('lists by name and labels', async () => {
    const request = { namespace: NAMESPACE, name: 'web', labels: { built: 'test' } };
    expect((await catalog.artifacts.listArtifacts(request)).artifacts).toHaveLength(2);
    const none = await catalog.artifacts.listArtifacts({ ...request, labels: { built: 'elsewhere' } });
    expect(none.artifacts).toEqual([]);
  });

  it('keeps namespaces apart', async () => {
    const other = { namespace: 'other', name: 'web', version: '1' };
    await expect(catalog.artifacts.getArtifact(other)).rejects.toMatchObject({
      code: 'SHOAL_ARTIFACT_NOT_FOUND',
    });
    expect((await catalog.artifacts.listArtifacts({ namespace: 'other' })).artifacts).toEqual([]);
  });

  it.each([
    { pageSize: 1001 },
    { pageToken: 'forged' },
    { pageToken: Buffer.from('["x"]').toString('base64url') },
  ])('refuses the page %o', async (page) => {
    await expect(catalog.artifacts.listArtifacts({ namespace: NAMESPACE, ...page })).rejects.toMatchObject({
      code: 'SHOAL_DATABASE_BAD_PAGE',
    });
  });
});
