import { UploadState } from '@shoal/contracts';
import { copies } from '@shoal/database';
import type { ManifestEntry } from '@shoal/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeBuild } from '../testing/test-build.ts';
import {
  completeMessages,
  helloSeeder,
  openUpload,
  startCatalog,
  type TestCatalog,
} from '../testing/test-catalog.ts';

describe('CompleteUpload', () => {
  let catalog: TestCatalog;

  beforeAll(async () => {
    catalog = await startCatalog();
    await helloSeeder(catalog, 'seeder-1');
  });
  afterAll(() => catalog.stop());

  it('publishes what the seeder staged, and answers a repeat the same', async () => {
    const build = makeBuild({ name: 'web', files: { 'bin/run': 'x'.repeat(200_000), empty: '' } });
    const upload = await openUpload(
      catalog,
      'seeder-1',
      { name: 'web', version: '1.0.0' },
      withoutRoots(build.entries),
    );
    const first = await catalog.uploads.completeUpload(upload.report(build.metainfo));
    const again = await catalog.uploads.completeUpload(upload.report(build.metainfo));
    expect(Buffer.from(first.contentDigest)).toEqual(Buffer.from(build.contentDigest));
    expect(again).toEqual(first);
    const { artifact } = await catalog.artifacts.getArtifact({
      namespace: 'default',
      name: 'web',
      version: '',
    });
    expect(artifact).toMatchObject({
      version: '1.0.0',
      size: 200_000n,
      fileCount: 2,
      labels: { built: 'test' },
      principal: 'anonymous',
      copies: 1,
      swarm: { profile: { pieceLength: 65_536, private: true, source: 'default' }, pieceCount: 4 },
    });
    const { upload: known } = await catalog.uploads.getUpload({
      namespace: 'default',
      uploadId: upload.uploadId,
    });
    expect(known).toMatchObject({
      state: UploadState.UPLOAD_STATE_PUBLISHED,
      artifact: { version: '1.0.0' },
    });
  });

  it('raises the seedings revision of the seeder', async () => {
    const before = await helloSeeder(catalog, 'seeder-1');
    const build = makeBuild({ name: 'seeded', files: { a: 'a' } });
    const upload = await openUpload(catalog, 'seeder-1', { name: 'seeded', version: '1' }, build.entries);
    await catalog.uploads.completeUpload(upload.report(build.metainfo));
    expect(await helloSeeder(catalog, 'seeder-1')).toBeGreaterThan(before);
    const held = await copies.ofContent(catalog.database.db, 'default', build.contentDigest);
    expect(held).toMatchObject([{ seederId: 'seeder-1', state: 'durable' }]);
  });

  it('refuses bytes other than those the client hashed, and fails the upload for good', async () => {
    const wanted = makeBuild({ name: 'lied', files: { a: 'what was promised' } });
    const stored = makeBuild({ name: 'lied', files: { a: 'what was received' } });
    const upload = await openUpload(catalog, 'seeder-1', { name: 'lied', version: '1' }, wanted.entries);
    await expect(catalog.uploads.completeUpload(upload.report(stored.metainfo))).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_CONTENT_MISMATCH',
      message: expect.stringContaining('"a"') as string,
    });
    const { upload: known } = await catalog.uploads.getUpload({
      namespace: 'default',
      uploadId: upload.uploadId,
    });
    expect(known).toMatchObject({
      state: UploadState.UPLOAD_STATE_FAILED,
      errorCode: 'SHOAL_UPLOAD_CONTENT_MISMATCH',
    });
    await expect(catalog.uploads.completeUpload(upload.report(wanted.metainfo))).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_FAILED',
    });
  });

  it.each([
    [
      'another name',
      makeBuild({ name: 'other', files: { a: 'a', b: 'b' } }).metainfo,
      /name other instead of strict/,
    ],
    ['other files', makeBuild({ name: 'strict', files: { a: 'a', c: 'b' } }).metainfo, /other files/],
    [
      'another source',
      makeBuild({ namespace: 'x', name: 'strict', files: { a: 'a', b: 'b' } }).metainfo,
      /source x/,
    ],
    [
      'a tracker',
      withTracker(makeBuild({ name: 'strict', files: { a: 'a', b: 'b' } }).metainfo),
      /something else/,
    ],
  ])('refuses metainfo with %s', async (what, metainfo, message) => {
    const { entries } = makeBuild({ name: 'strict', files: { a: 'a', b: 'b' } });
    const version = what.replaceAll(' ', '-');
    const upload = await openUpload(catalog, 'seeder-1', { name: 'strict', version }, withoutRoots(entries));
    await expect(catalog.uploads.completeUpload(upload.report(metainfo))).rejects.toMatchObject({
      code: 'SHOAL_UPLOAD_METAINFO_MISMATCH',
      message: expect.stringMatching(message) as string,
    });
  });

  it('lets one of two uploads of a version win, and tells the other', async () => {
    const one = makeBuild({ name: 'race', files: { a: 'one' } });
    const two = makeBuild({ name: 'race', files: { a: 'two' } });
    const artifact = { name: 'race', version: '1' };
    const reports = await Promise.all(
      [one, two].map(async (build) => {
        const upload = await openUpload(catalog, 'seeder-1', artifact, build.entries);
        return { upload, metainfo: build.metainfo };
      }),
    );
    const results = await Promise.allSettled(
      reports.map(({ upload, metainfo }) => catalog.uploads.completeUpload(upload.report(metainfo))),
    );
    expect(results.map((result) => result.status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(results.find((result) => result.status === 'rejected')?.reason).toMatchObject({
      code: 'SHOAL_ARTIFACT_VERSION_TAKEN',
    });
  });

  it('takes no report without a good ticket', async () => {
    await expect(
      catalog.uploads.completeUpload(completeMessages('x.y', new Uint8Array(1))),
    ).rejects.toMatchObject({
      code: 'SHOAL_TICKET_MALFORMED',
    });
  });

  it('takes a report whose ticket ran out while this catalog was away', async () => {
    const build = makeBuild({ name: 'late', files: { a: 'late' } });
    const upload = await openUpload(catalog, 'seeder-1', { name: 'late', version: '1' }, build.entries);
    const { uploadId } = upload;
    const expired = catalog.signer.signTicket({
      uploadId,
      namespace: 'default',
      seederId: 'seeder-1',
      expiresAt: new Date(1),
    });
    const { contentDigest } = await catalog.uploads.completeUpload(completeMessages(expired, build.metainfo));
    expect(Buffer.from(contentDigest)).toEqual(Buffer.from(build.contentDigest));
  });

  it('refuses garbage in place of metainfo, and can still be told the truth', async () => {
    const build = makeBuild({ name: 'garbage', files: { a: 'a' } });
    const upload = await openUpload(catalog, 'seeder-1', { name: 'garbage', version: '1' }, build.entries);
    await expect(
      catalog.uploads.completeUpload(upload.report(Buffer.from('d4:infoi1ee'))),
    ).rejects.toMatchObject({
      code: expect.stringMatching(/^SHOAL_METAINFO_/) as string,
    });
    await expect(catalog.uploads.completeUpload(upload.report(build.metainfo))).resolves.toBeDefined();
  });
});

function withoutRoots(entries: readonly ManifestEntry[]): ManifestEntry[] {
  return entries.map((entry) => {
    if (entry.kind === 'symlink') return entry;
    const { kind, path, length, executable } = entry;
    return { kind, path, length, executable };
  });
}

/** The same torrent with an announce URL: `announce` sorts before `info`. */
function withTracker(metainfo: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from('d8:announce8:http://t'), metainfo.subarray(1)]);
}
