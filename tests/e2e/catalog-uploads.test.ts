import { createHash } from 'node:crypto';
import {
  ArtifactServiceDefinition,
  type CreateUploadRequest,
  type DeepPartial,
  MemberRole,
  type RelayUploadRequest,
  SeederServiceDefinition,
  SwarmFormat,
  type Upload,
  UploadState,
} from '@shoal/contracts';
import {
  contentDigest,
  fileRootOfLeaves,
  type ManifestFile,
  manifestOf,
  parseMetainfo,
} from '@shoal/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Platform } from './support/platform.ts';
import { uploadMessages } from './support/push.ts';
import { waitForMembers } from './support/rollout.ts';
import { until } from './support/until.ts';

const NAMESPACE = 'default';
const { UPLOAD_STATE_OPEN, UPLOAD_STATE_PUBLISHED, UPLOAD_STATE_FAILED } = UploadState;

/** Small files by name, each at most one block of 16 KiB. */
type Files = Readonly<Record<string, string>>;

interface Wanted {
  readonly name: string;
  readonly version: string;
  readonly files: Files;
  readonly format?: SwarmFormat;
  /** Whether the client hashes. */
  readonly hashed?: boolean;
}

describe('the catalog and a seeder', () => {
  const platform = new Platform();
  let seeder: ReturnType<Platform['seeder']>;

  beforeAll(async () => {
    await platform.start();
    seeder = platform.seeder();
    await platform.run(seeder);
    await waitForMembers(platform, MemberRole.MEMBER_ROLE_SEEDER, 1);
  });
  afterAll(() => platform.stop());

  async function create({ name, version, files, format, hashed = true }: Wanted): Promise<Upload> {
    const header = { namespace: NAMESPACE, name, version, ...(format && { format }) };
    const { upload } = await platform
      .clients()
      .uploads.createUpload(createMessages(header, entriesOf(files), hashed));
    return upload!;
  }

  /** Sends all bytes to the seeder. */
  async function send({ ticket, seederEndpoint }: Upload, files: Files) {
    const client = platform.client(SeederServiceDefinition, seederEndpoint);
    return client.upload(uploadMessages({ ticket, offset: 0n }, chunks(files)));
  }

  async function metainfo(name: string, version: string) {
    const client = platform.client(ArtifactServiceDefinition, platform.address('catalog'));
    const parts: Uint8Array[] = [];
    for await (const { chunk } of client.getMetainfo({ namespace: NAMESPACE, name, version }))
      parts.push(chunk);
    return parseMetainfo(Buffer.concat(parts));
  }

  it('publishes content that is stored under a new version and a new name, and no byte moves', async () => {
    const files = { a: 'stored once', b: 'under many names' };
    await send(await create({ name: 'first', version: '1', files }), files);
    const again = await create({ name: 'first', version: '1', files });
    const version = await create({ name: 'first', version: '2', files });
    const name = await create({ name: 'second', version: '1', files });
    for (const upload of [again, version, name]) {
      expect(upload).toMatchObject({ state: UPLOAD_STATE_PUBLISHED, seederEndpoint: '', ticket: '' });
    }
    const renamed = await metainfo('second', '1');
    expect(renamed.name).toBe('second');
    expect(contentDigest(manifestOf(renamed))).toEqual(contentDigest(entriesOf(files)));
    const { seedings } = await platform
      .clients()
      .fleet.listSeedings({ namespace: NAMESPACE, seederId: 'seeder-1' });
    expect(seedings.map((seeding) => seeding.name)).toEqual(expect.arrayContaining(['first', 'second']));
  });

  it('keeps the format of stored content, and takes the bytes once more for another one', async () => {
    const files = { a: 'one content', b: 'in two swarms' };
    await send(await create({ name: 'origin', version: '1', files }), files);
    await create({ name: 'copy', version: '1', files });
    expect((await metainfo('copy', '1')).format).toBe('v2');
    // The SHA-1 digests of a hybrid cannot be made without the bytes.
    const uploaded = await create({
      name: 'copy',
      version: '2',
      files,
      format: SwarmFormat.SWARM_FORMAT_HYBRID,
    });
    expect(uploaded.state).toBe(UPLOAD_STATE_OPEN);
    expect(await send(uploaded, files)).toMatchObject({ state: UPLOAD_STATE_PUBLISHED });
  });

  it('refuses other content for a version before a byte moves, or when the bytes are there', async () => {
    const files = { a: 'the published content' };
    await send(await create({ name: 'taken', version: '1', files }), files);
    const other = { a: 'something else' };
    const taken = { code: 'SHOAL_ARTIFACT_VERSION_TAKEN' };
    await expect(create({ name: 'taken', version: '1', files: other })).rejects.toMatchObject(taken);
    const unhashed = await create({ name: 'taken', version: '1', files: other, hashed: false });
    await expect(send(unhashed, other)).rejects.toMatchObject(taken);
    const { upload } = await platform
      .clients()
      .uploads.getUpload({ namespace: NAMESPACE, uploadId: unhashed.uploadId });
    expect(upload).toMatchObject({ state: UPLOAD_STATE_FAILED, errorCode: taken.code });
  });

  it('makes a v1 swarm on request, of a manifest with roots', async () => {
    const files = { a: 'for an old client' };
    const wanted = { name: 'old', version: '1', files, format: SwarmFormat.SWARM_FORMAT_V1 };
    await expect(create({ ...wanted, hashed: false })).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_ROOTS_MISSING',
    });
    expect(await send(await create(wanted), files)).toMatchObject({ state: UPLOAD_STATE_PUBLISHED });
    const { format, infoHashV2 } = await metainfo('old', '1');
    expect({ format, infoHashV2 }).toEqual({ format: 'v1', infoHashV2: undefined });
  });

  it('relays the bytes of a client that cannot reach the seeder', async () => {
    const files = { a: 'x'.repeat(16_000), b: 'y'.repeat(16_000), c: 'z' };
    const { ticket } = await create({ name: 'relayed', version: '1', files });
    const answer = await platform.clients().uploads.relayUpload(relayMessages(ticket, chunks(files)));
    expect(answer.state).toBe(UPLOAD_STATE_PUBLISHED);
    expect(Buffer.from(answer.contentDigest)).toEqual(Buffer.from(contentDigest(entriesOf(files))));
  });

  it('hands on what the seeder says to a relayed upload', async () => {
    const files = { a: 'too short' };
    const { ticket } = await create({ name: 'short', version: '1', files });
    const { uploads } = platform.clients();
    await expect(uploads.relayUpload(relayMessages(ticket, chunks({ a: 'too' })))).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_INCOMPLETE',
    });
    await expect(uploads.relayUpload(relayMessages('a.b', chunks(files)))).rejects.toMatchObject({
      code: 'SHOAL_TICKET_MALFORMED',
    });
  });

  it.each([
    ['a path that leaves the tree', ['..', 'etc'], 'SHOAL_MANIFEST_INVALID_PATH'],
    ['a path that is absolute', ['', 'etc'], 'SHOAL_MANIFEST_INVALID_PATH'],
    ['a name that is too long', ['x'.repeat(300)], 'SHOAL_MANIFEST_PATH_TOO_LONG'],
  ])('refuses %s, and names it', async (_, path, code) => {
    const header = { namespace: NAMESPACE, name: 'bad', version: '1' };
    const entry: ManifestFile = { kind: 'file', path, length: 1, executable: false };
    const { uploads } = platform.clients();
    await expect(uploads.createUpload(createMessages(header, [entry], true))).rejects.toMatchObject({
      code,
      message: expect.stringContaining(path.join('/')) as string,
    });
  });

  it('says that the seeder of an upload is away, and goes on when it is back', async () => {
    const wanted = { name: 'waiting', version: '1', files: { a: 'patience' } };
    const { uploadId } = await create(wanted);
    await seeder.stop();
    await expect(create(wanted)).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_SEEDER_AWAY',
      message: expect.stringContaining('seeder-1') as string,
    });
    const { uploads } = platform.clients();
    await expect(uploads.getUpload({ namespace: NAMESPACE, uploadId })).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_SEEDER_AWAY',
    });
    await expect(create({ ...wanted, name: 'new' })).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_NO_SEEDER',
    });
    seeder = platform.seeder();
    await platform.run(seeder);
    const resumed = await until('the seeder answers again', () => create(wanted).catch(() => undefined));
    expect(resumed.uploadId).toBe(uploadId);
    expect(await send(resumed, wanted.files)).toMatchObject({ state: UPLOAD_STATE_PUBLISHED });
  });
});

/** The entries of files in their canonical order, hashed. */
function entriesOf(files: Files): ManifestFile[] {
  return Object.entries(files)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, content]) => ({
      kind: 'file',
      path: [name],
      length: content.length,
      executable: false,
      piecesRoot: fileRootOfLeaves(createHash('sha256').update(content).digest()),
    }));
}

async function* createMessages(
  header: { readonly namespace: string; readonly name: string; readonly version: string },
  entries: readonly ManifestFile[],
  hashed: boolean,
): AsyncGenerator<DeepPartial<CreateUploadRequest>> {
  yield { part: { $case: 'header', value: header } };
  const messages = entries.map(({ path, length, executable, piecesRoot }) => {
    const value = { length: BigInt(length), executable, ...(hashed && piecesRoot && { piecesRoot }) };
    return { path: [...path], kind: { $case: 'file' as const, value } };
  });
  yield await Promise.resolve({ part: { $case: 'manifest' as const, value: { entries: messages } } });
}

async function* relayMessages(
  ticket: string,
  data: AsyncIterable<Uint8Array>,
): AsyncGenerator<DeepPartial<RelayUploadRequest>> {
  yield { part: { $case: 'open', value: { ticket, offset: 0n } } };
  for await (const chunk of data) yield { part: { $case: 'data', value: chunk } };
}

async function* chunks(files: Files): AsyncGenerator<Uint8Array> {
  for (const name of Object.keys(files).sort()) yield await Promise.resolve(Buffer.from(files[name] ?? ''));
}
