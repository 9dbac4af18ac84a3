import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { MemberRole, SeederServiceDefinition, type Upload, UploadState } from '@shoal/contracts';
import type { SeederAddresses, SeederService } from '@shoal/seeder';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Child, startChild } from './support/child.ts';
import { describeTree } from './support/compare-trees.ts';
import { Platform } from './support/platform.ts';
import { createUpload, push, readFrom, sendBytes, uploadMessages } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { writeSampleTree } from './support/sample-tree.ts';
import { until } from './support/until.ts';

const MIB = 1024 * 1024;
const { UPLOAD_STATE_PUBLISHED, UPLOAD_STATE_STAGED, UPLOAD_STATE_OPEN } = UploadState;

describe('uploads', () => {
  const platform = new Platform();
  let seeder: SeederService;
  beforeAll(async () => {
    await platform.start();
    seeder = platform.seeder();
    await platform.run(seeder);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(() => platform.stop());

  async function sampleTree(seed: number, largeBytes = 3 * MIB): Promise<string> {
    const root = join(platform.directory, `tree-${seed}`);
    await writeSampleTree(root, largeBytes, seed);
    return root;
  }

  function storedTree(digest: Uint8Array): string {
    return join(platform.hostDirectory('seeder-1'), 'store', Buffer.from(digest).toString('hex'));
  }

  function call(upload: Pick<Upload, 'ticket' | 'offset'>, data: AsyncIterable<Uint8Array>) {
    return platform
      .client(SeederServiceDefinition, platform.address('seeder'))
      .upload(uploadMessages(upload, data));
  }

  it('publishes what was pushed, with modes and symlinks', async () => {
    const root = await sampleTree(1);
    const { state, contentDigest } = await push(platform, { root, name: 'web', version: '1.0.0' });
    expect(state).toBe(UPLOAD_STATE_PUBLISHED);
    expect(await describeTree(storedTree(contentDigest))).toEqual(await describeTree(root));
  });

  it('stores the same content once, whatever it is called', async () => {
    const root = await sampleTree(2);
    await push(platform, { root, name: 'one', version: '1' });
    const before = await readdir(join(platform.hostDirectory('seeder-1'), 'store'));
    const again = await push(platform, { root, name: 'two', version: '1' });
    expect(again.state).toBe(UPLOAD_STATE_PUBLISHED);
    expect(await readdir(join(platform.hostDirectory('seeder-1'), 'store'))).toEqual(before);
  });

  it('goes on where a client died', async () => {
    const root = await sampleTree(3, 32 * MIB);
    const wanted = { root, name: 'resumed', version: '1' };
    const upload = await createUpload(platform, wanted);
    // What the client's end of the stream still held is lost with it; a stream holds a few MiB.
    await expect(call(upload, dyingAfter(24 * MIB, readFrom(root, 0)))).rejects.toThrow();
    const resumed = await until('the bytes are durable', async () => {
      const found = await createUpload(platform, wanted);
      return found.offset > 0n ? found : undefined;
    });
    expect(resumed.uploadId).toBe(upload.uploadId);
    const { state, contentDigest } = await sendBytes(platform, resumed, root);
    expect(state).toBe(UPLOAD_STATE_PUBLISHED);
    expect(await describeTree(storedTree(contentDigest))).toEqual(await describeTree(root));
  });

  it.each([
    ['too few bytes', 'SHOAL_UPLOAD_INCOMPLETE', 0n, (root: string) => cutAfter(1 * MIB, readFrom(root, 0))],
    [
      'too many bytes',
      'SHOAL_UPLOAD_TOO_LONG',
      0n,
      (root: string) => both(readFrom(root, 0), Buffer.from('!')),
    ],
    ['a gap', 'SHOAL_UPLOAD_WRONG_OFFSET', 4n * BigInt(MIB), (root: string) => readFrom(root, 0)],
    ['a message that is too large', 'SHOAL_UPLOAD_PROTOCOL', 0n, () => both([], Buffer.alloc(MIB + 1))],
  ])('refuses %s with %s, and takes the right bytes then', async (what, code, offset, data) => {
    const root = await sampleTree(10 + what.length);
    const wanted = { root, name: 'refused', version: String(what.length) };
    const upload = await createUpload(platform, wanted);
    await expect(call({ ...upload, offset }, data(root))).rejects.toMatchObject({ code });
    const { state } = await sendBytes(platform, await createUpload(platform, wanted), root);
    expect(state).toBe(UPLOAD_STATE_PUBLISHED);
  });

  it('passes on why the catalog refused an upload, and drops its bytes', async () => {
    const winner = { root: await sampleTree(7), name: 'raced', version: '1' };
    const loser = { root: await sampleTree(8, 2 * MIB), name: 'raced', version: '1' };
    const opened = [await createUpload(platform, winner), await createUpload(platform, loser)];
    await sendBytes(platform, opened[0]!, winner.root);
    const store = join(platform.hostDirectory('seeder-1'), 'store');
    const before = await readdir(store);
    const refused = { code: 'SHOAL_ARTIFACT_VERSION_TAKEN' };
    await expect(sendBytes(platform, opened[1]!, loser.root)).rejects.toMatchObject(refused);
    expect(await readdir(store)).toEqual(before);
    // The same answer to a client that missed it.
    await expect(sendBytes(platform, opened[1]!, loser.root)).rejects.toMatchObject(refused);
  });

  it('refuses a ticket that the catalog did not sign', async () => {
    const upload = await createUpload(platform, { root: await sampleTree(4), name: 'forged', version: '1' });
    const ticket = `${upload.ticket.slice(0, -4)}AAAA`;
    await expect(call({ ticket, offset: 0n }, readFrom('/', 0))).rejects.toMatchObject({
      code: expect.stringMatching(/^SHOAL_TICKET_/) as string,
    });
  });

  it('lets a newer client take an upload over from one that hangs', async () => {
    const root = await sampleTree(5);
    const upload = await createUpload(platform, { root, name: 'taken', version: '1' });
    const hanging = call(upload, hangingAfter(1 * MIB, readFrom(root, 0)));
    const old = expect(hanging).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_TAKEN_OVER' });
    const { state } = await sendBytes(platform, upload, root);
    expect(state).toBe(UPLOAD_STATE_PUBLISHED);
    await old;
  });

  it('keeps what is staged while the catalog is away, across a restart, and publishes it then', async () => {
    const root = await sampleTree(6);
    const upload = await createUpload(platform, { root, name: 'staged', version: '1' });
    await platform.stopCatalog();
    const { state } = await sendBytes(platform, upload, root);
    expect(state).toBe(UPLOAD_STATE_STAGED);
    await seeder.stop();
    seeder = platform.seeder();
    await platform.run(seeder);
    await platform.startCatalog();
    const published = await until('it is published', async () => {
      const answer = await platform
        .clients()
        .uploads.getUpload({ namespace: 'default', uploadId: upload.uploadId });
      return answer.upload?.state === UPLOAD_STATE_PUBLISHED ? answer.upload : undefined;
    });
    expect(published.artifact?.version).toBe('1');
  });
});

describe('a seeder that is killed', () => {
  const platform = new Platform();
  let child: Child<SeederAddresses> | undefined;
  beforeAll(() => platform.start());
  afterAll(async () => {
    await child?.kill();
    await platform.stop();
  });

  it('goes on from the last checkpoint', async () => {
    const root = join(platform.directory, 'tree');
    await writeSampleTree(root, 1 * MIB);
    // Sparse: nothing to write for the test, all to move for the platform. Checkpoints come every 256 MiB.
    await truncate(join(root, 'data/large.bin'), 400 * MIB);
    child = await startChild<SeederAddresses>('seeder', platform.seederFlags());
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
    const wanted = { root, name: 'big', version: '1' };
    const upload = await createUpload(platform, wanted);
    const seederClient = platform.client(SeederServiceDefinition, upload.seederEndpoint);
    const dying = child;
    const data = afterBytes(380 * MIB, readFrom(root, 0), () => dying.kill());
    await expect(seederClient.upload(uploadMessages(upload, data))).rejects.toMatchObject({
      code: 'SHOAL_UNAVAILABLE',
    });
    child = await startChild<SeederAddresses>('seeder', {
      ...platform.seederFlags(),
      listen: upload.seederEndpoint,
    });
    const resumed = await until('the seeder is back', () =>
      createUpload(platform, wanted).catch(() => undefined),
    );
    expect(resumed.state).toBe(UPLOAD_STATE_OPEN);
    expect(resumed.offset).toBeGreaterThanOrEqual(256n * BigInt(MIB));
    const { state } = await sendBytes(platform, resumed, root);
    expect(state).toBe(UPLOAD_STATE_PUBLISHED);
  });
});

async function* cutAfter(bytes: number, data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for await (const chunk of data) {
    if (sent >= bytes) return;
    sent += chunk.length;
    yield chunk;
  }
}

async function* dyingAfter(bytes: number, data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* cutAfter(bytes, data);
  throw new Error('the client died');
}

async function* hangingAfter(bytes: number, data: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield* cutAfter(bytes, data);
  await new Promise(() => undefined);
}

async function* afterBytes(bytes: number, data: AsyncIterable<Uint8Array>, event: () => Promise<void>) {
  let sent = 0;
  for await (const chunk of data) {
    if (sent < bytes && sent + chunk.length >= bytes) await event();
    sent += chunk.length;
    yield chunk;
  }
}

async function* both(
  first: AsyncIterable<Uint8Array> | readonly Uint8Array[],
  last: Uint8Array,
): AsyncGenerator<Uint8Array> {
  yield* first;
  yield last;
}
