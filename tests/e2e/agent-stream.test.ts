import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { AgentAddresses } from '@shoal/agent';
import { MemberRole } from '@shoal/contracts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { shoal, shoalOk } from './support/cli.ts';
import { Platform } from './support/platform.ts';
import { push } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { startStreamFetch, type StreamFetch } from './support/stream-fetch.ts';

const MIB = 1_024 * 1_024;
/** The tree takes an agent six seconds. */
const SIZE = 12 * MIB;
const DOWNLOAD_LIMIT = '2MiB/s';

describe('shoal fetch --stream of an artifact', () => {
  const platform = new Platform();
  let hosts = 0;
  let agent: Child<AgentAddresses>;
  let running: StreamFetch[] = [];
  let large: Buffer;

  beforeAll(async () => {
    await platform.start();
    await platform.run(platform.seeder());
    const root = join(platform.directory, 'build');
    await writeSampleTree(root, SIZE);
    large = await readFile(join(root, 'data/large.bin'));
    await push(platform, { root, name: 'web', version: '1' });
  });
  beforeEach(async () => {
    hosts += 1;
    const flags = { ...platform.agentFlags(`agent-${hosts}`), downloadLimit: DOWNLOAD_LIMIT };
    agent = await startChild<AgentAddresses>('agent', flags);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_AGENT, hosts);
  });
  afterEach(async () => {
    await Promise.all(running.map((fetch) => fetch.end()));
    running = [];
    await agent.kill();
  });
  afterAll(() => platform.stop());

  /** `shoal fetch web --stream`, in a process of its own. */
  async function stream(...args: readonly string[]): Promise<StreamFetch> {
    const fetch = await startStreamFetch('web@1', '--agent-socket', agent.addresses.api, ...args);
    running.push(fetch);
    return fetch;
  }

  /** The body that curl got. */
  async function curl(...args: readonly string[]): Promise<Buffer> {
    const options = { encoding: 'buffer', maxBuffer: 2 * SIZE } as const;
    const { stdout } = await promisify(execFile)('curl', ['-sSf', '--max-time', '60', ...args], options);
    return stdout;
  }

  const urlOf = ({ url }: StreamFetch, path: string): string => new URL(`files/web/${path}`, url).href;

  async function filesOf({ url }: StreamFetch): Promise<string[]> {
    const list = (await (await fetch(url)).json()) as { files: { path: string }[] };
    return list.files.map(({ path }) => path);
  }

  const openFiles = async (): Promise<number> => (await readdir(`/proc/${agent.pid}/fd`)).length;

  it('serves what is asked for before the rest, and goes on when the tree is published', async () => {
    const first = await stream();
    let isFetched = false;
    const fetched = first.fetched.finally(() => (isFetched = true));
    expect(await filesOf(first)).toContain('data/large.bin');
    expect(await curl('-r', '-1000', urlOf(first, 'data/large.bin'))).toEqual(large.subarray(-1_000));
    expect((await curl(urlOf(first, 'bin/run'))).toString()).toContain('#!/bin/sh');
    expect(isFetched).toBe(false);
    // All of it, over the time at which it is published.
    expect((await curl(urlOf(first, 'data/large.bin'))).equals(large)).toBe(true);
    const path = await fetched;
    expect((await readFile(join(path, 'data/large.bin'))).equals(large)).toBe(true);
    expect(await curl('-r', '5-9', urlOf(first, 'data/large.bin'))).toEqual(large.subarray(5, 10));

    // Whoever comes later need not know that it is there.
    const second = await stream();
    expect(await curl('-r', '0-9', urlOf(second, 'data/large.bin'))).toEqual(large.subarray(0, 10));
    expect(await second.fetched).toBe(path);
    expect(await second.end()).toBe(0);
    await expect(curl(urlOf(second, 'bin/run'))).rejects.toThrow('curl');
    expect((await curl(urlOf(first, 'bin/run'))).length).toBeGreaterThan(0);
  });

  it('serves a part, and an answer outlives that it is put in its place or becomes one of the whole', async () => {
    const part = await stream('--only', 'data/**');
    expect(await filesOf(part)).toEqual(['data/empty', 'data/large.bin']);
    await expect(curl(urlOf(part, 'bin/run'))).rejects.toThrow('404');
    const body = curl(urlOf(part, 'data/large.bin'));
    const whole = await stream();
    expect((await body).equals(large)).toBe(true);
    expect((await curl(urlOf(whole, 'data/large.bin'))).equals(large)).toBe(true);
    // What is published has every part.
    expect(await part.fetched).toBe(await whole.fetched);
    expect(await whole.fetched).toMatch(/\/store\//);
    expect((await curl(urlOf(part, 'data/large.bin'))).equals(large)).toBe(true);
  });

  it('serves a part over the time at which it is put in its place', async () => {
    const part = await stream('--only', 'data/**');
    expect((await curl(urlOf(part, 'data/large.bin'))).equals(large)).toBe(true);
    expect(await part.fetched).toMatch(/\/parts\//);
    expect((await curl(urlOf(part, 'data/large.bin'))).equals(large)).toBe(true);
  });

  it('refuses other addresses than those of loopback, in words that go with the command', async () => {
    const refused = await shoal(
      ...['fetch', 'web@1', '--agent-socket', agent.addresses.api, '--stream', '0.0.0.0:0'],
    );
    expect(refused.code).not.toBe(0);
    expect(refused.stderr).toContain('SHOAL_SERVICE_NOT_LOOPBACK');
    expect(refused.stderr).not.toMatch(/--tls|--insecure/);
    const { url } = await stream();
    expect((await fetch(url)).status).toBe(200);
    await expect(curl('-H', 'Host: attacker.example', url)).rejects.toThrow('421');
  });

  it('leaves nothing behind for clients that go away, and counts what was read', async () => {
    const before = await openFiles();
    const fetching = await stream();
    const url = urlOf(fetching, 'data/large.bin');
    const clients = Array.from({ length: 8 }, (_, at) =>
      curl('-r', `${at * MIB}-`, '--max-time', '1', '--limit-rate', '1k', url).catch(() => undefined),
    );
    await Promise.all(clients);
    await fetching.fetched;
    expect(await fetching.end()).toBe(0);
    await expect.poll(openFiles, { timeout: 30_000 }).toBeLessThan(before + 8);
    const metrics = await (await fetch(`http://${agent.addresses.http}/metrics`)).text();
    expect(Number(/^shoal_stream_bytes_total\S* (\d+)$/m.exec(metrics)?.[1])).toBeGreaterThan(0);
    expect(await shoalOk('fetch', 'web@1', '--agent-socket', agent.addresses.api)).toContain('/store/');
  });
});
