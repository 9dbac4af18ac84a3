import { HostReport, SwarmFormat, TargetState } from '@shoal/contracts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { helloAgent, publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';

const NAMESPACE = 'default';

describe('the JSON API', () => {
  let catalog: TestCatalog;
  let rolloutId: string;

  beforeAll(async () => {
    catalog = await startCatalog();
    await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'one' } });
    await publishBuild(catalog, { name: 'web', version: '2', files: { a: 'two' } });
    for (const host of ['host-a', 'host-b']) await helloAgent(catalog, host, { role: 'web' });
    const { rollout } = await catalog.rollouts.createRollout({
      namespace: NAMESPACE,
      name: 'web',
      version: '2',
    });
    rolloutId = rollout!.rolloutId;
    await report('host-b', { state: TargetState.TARGET_STATE_FAILED, errorCode: 'SHOAL_STORE_FULL' });
  });
  afterAll(() => catalog.stop());

  const get = (path: string, signal?: AbortSignal) =>
    fetch(`http://${catalog.service.addresses?.http ?? ''}/api/v1/${path}`, signal ? { signal } : {});
  const read = async (path: string): Promise<Record<string, unknown>> =>
    (await (await get(path)).json()) as Record<string, unknown>;

  async function report(hostId: string, target: { state: TargetState; errorCode?: string }): Promise<void> {
    const said = { namespace: NAMESPACE, hostId, rolloutId, revision: 1_000_000n };
    const updatedAt = new Date();
    await catalog.fleet.report({
      report: HostReport.fromPartial({ ...said, target: { ...target, updatedAt } }),
    });
  }

  it('lists artifacts newest first, page by page, as `shoal ls --json` prints them', async () => {
    const first = await read('default/artifacts?pageSize=1');
    expect(first['artifacts']).toMatchObject([
      { name: 'web', version: '2', format: 'hybrid', labels: { built: 'test' } },
    ]);
    const second = await read(`default/artifacts?pageSize=1&pageToken=${String(first['nextPageToken'])}`);
    expect(second).toMatchObject({ artifacts: [{ version: '1' }], nextPageToken: '' });
    expect(await read('default/artifacts?name=db')).toMatchObject({ artifacts: [] });
  });

  it('gives one artifact', async () => {
    const { artifact } = await read('default/artifacts/web/1');
    expect(artifact).toMatchObject({
      name: 'web',
      version: '1',
      contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      infoHashV1: expect.stringMatching(/^[0-9a-f]{40}$/) as string,
      copies: 1,
    });
  });

  it('lists the swarms of an artifact, as `shoal swarm ls --json` prints them', async () => {
    const wanted = { namespace: NAMESPACE, name: 'web', version: '1', pieceLength: 0, public: true };
    await catalog.swarms.createSwarm({ wanted: { ...wanted, format: SwarmFormat.SWARM_FORMAT_V1 } });
    expect(await read('default/artifacts/web/1/swarms')).toMatchObject({
      swarms: [
        { main: true, state: 'ready', format: 'hybrid', private: true },
        { main: false, state: 'pending', format: 'v1', private: false, infoHashV1: null, errorCode: null },
      ],
    });
  });

  it('lists rollouts, and gives one with its targets, also only those in a state', async () => {
    expect(await read('default/rollouts')).toMatchObject({ rollouts: [{ id: rolloutId, state: 'running' }] });
    const whole = await read(`default/rollouts/${rolloutId}`);
    expect(whole).toMatchObject({
      rollout: { name: 'web', version: '2', targets: 2, failed: 1 },
      targets: [
        { host: 'host-a', state: 'waiting', errorCode: null },
        { host: 'host-b', state: 'failed', errorCode: 'SHOAL_STORE_FULL' },
      ],
    });
    const failed = await read(`default/rollouts/${rolloutId}?state=failed&state=superseded`);
    expect(failed['targets']).toMatchObject([{ host: 'host-b' }]);
    const page = await read(`default/rollouts/${rolloutId}?pageSize=1`);
    expect(page).toMatchObject({
      targets: [{ host: 'host-a' }],
      nextPageToken: expect.stringMatching(/./) as string,
    });
  });

  it('lists hosts', async () => {
    const { hosts } = await read('default/hosts');
    expect(hosts).toMatchObject([
      { id: 'host-a', role: 'agent', alive: true, labels: { role: 'web' } },
      { id: 'host-b', role: 'agent', alive: true },
      { id: 'seeder-1', role: 'seeder', freeBytes: 1_000_000_000_000 },
    ]);
  });

  it('keeps namespaces apart', async () => {
    expect(await read('other/artifacts')).toEqual({ artifacts: [], nextPageToken: '' });
    expect(await read('other/hosts')).toEqual({ hosts: [], nextPageToken: '' });
    expect((await get(`other/rollouts/${rolloutId}`)).status).toBe(404);
    expect((await get(`other/rollouts/${rolloutId}/watch`)).status).toBe(404);
  });

  it.each([
    ['default/artifacts/web/9', 404, 'SHOAL_ARTIFACT_NOT_FOUND'],
    ['default/artifacts/web/9/swarms', 404, 'SHOAL_ARTIFACT_NOT_FOUND'],
    ['default/rollouts/nope', 404, 'SHOAL_ROLLOUT_NOT_FOUND'],
    ['default/rollouts/nope/watch', 404, 'SHOAL_ROLLOUT_NOT_FOUND'],
    ['Not%20a%20name/artifacts', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['default/artifacts?name=..', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['default/artifacts?pageSize=many', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
    ['default/artifacts?pageSize=1001', 400, 'SHOAL_DATABASE_BAD_PAGE'],
    ['default/hosts?pageToken=forged', 400, 'SHOAL_DATABASE_BAD_PAGE'],
    ['default/rollouts/nope?state=sleepy', 400, 'SHOAL_CATALOG_INVALID_REQUEST'],
  ])('answers %s with %i %s', async (path, status, code) => {
    const response = await get(path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ code, remedy: expect.stringMatching(/./) as string });
  });

  it('only reads', async () => {
    const url = `http://${catalog.service.addresses?.http ?? ''}/api/v1/default/rollouts`;
    expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(405);
  });

  it('tells what happens to a rollout as events, until it is decided', async () => {
    const response = await get(`default/rollouts/${rolloutId}/watch`);
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    let text = '';
    for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
      if (text === '') {
        for (const host of ['host-b', 'host-a'])
          await report(host, { state: TargetState.TARGET_STATE_ACTIVATED });
      }
      text += chunk;
    }
    const events = text.split('\n\n').filter((event) => event !== '');
    expect(events.at(-1)).toBe('event: end\ndata: {}');
    const updates = events.slice(0, -1).map((event) => {
      expect(event).toMatch(/^event: update\ndata: /);
      return JSON.parse(event.slice(event.indexOf('{'))) as { rollout: object; targets: object[] };
    });
    expect(updates[0]?.targets).toMatchObject([{ host: 'host-a' }, { host: 'host-b', state: 'failed' }]);
    expect(updates.at(-1)?.rollout).toMatchObject({ state: 'completed', activated: 2, failed: 0 });
  });
});
