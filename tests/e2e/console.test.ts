import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseMetainfo } from '@shoal/protocol';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startUp } from './support/cli.ts';

let scratch: string;
let platform: Awaited<ReturnType<typeof startUp>>;

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'shoal-console-test-'));
  await mkdir(join(scratch, 'build'));
  await writeFile(join(scratch, 'build', 'a.txt'), 'a small build');
  platform = await startUp(
    ...[join(scratch, 'build'), '--agents', '2', '--name', 'web', '--version', '1'],
    ...['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0', '--data-dir', join(scratch, 'data')],
    '--serve-files',
  );
});
afterAll(async () => {
  await platform.end();
  await rm(scratch, { recursive: true, force: true });
});

it('is served by `shoal up`, and its API follows the rollout to its end', async () => {
  const page = await fetch(platform.console);
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(await page.text()).toContain('/console/main.js');

  await expect.poll(() => rolloutId(platform.console), { timeout: 30_000 }).not.toBe('');
  const id = await rolloutId(platform.console);
  const events = await fetch(new URL(`/api/v1/default/rollouts/${id}/watch`, platform.console), {
    signal: AbortSignal.timeout(60_000),
  });
  const text = await events.text();
  expect(text).toContain('"state":"completed"');
  expect(text).toMatch(/event: end\ndata: \{\}\n\n$/);
});

it('lists the swarms of the artifact for the console', async () => {
  const response = await fetch(new URL('/api/v1/default/artifacts/web/1/swarms', platform.console));
  expect(await response.json()).toMatchObject({ swarms: [{ main: true, state: 'ready' }] });
});

it('has the files over HTTP with --serve-files, where the .torrent says', async () => {
  const torrent = await fetch(new URL('/v1/default/artifacts/web/1.torrent', platform.console));
  const { webSeeds } = parseMetainfo(new Uint8Array(await torrent.arrayBuffer()));
  expect(webSeeds).toHaveLength(1);
  const file = await fetch(new URL('web/a.txt', webSeeds[0]), { headers: { range: 'bytes=2-6' } });
  expect([file.status, await file.text()]).toEqual([206, 'small']);
});

/** Of the newest rollout; empty while there is none. */
async function rolloutId(base: string): Promise<string> {
  const response = await fetch(new URL('/api/v1/default/rollouts', base));
  const { rollouts } = (await response.json()) as { rollouts: readonly { readonly id: string }[] };
  return rollouts[0]?.id ?? '';
}
