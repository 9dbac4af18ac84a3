import { randomUUID } from 'node:crypto';
import { uploads, type Database } from '@shoal/database';
import { describe, expect, it } from 'vitest';
import { digestOf, freshNamespace } from './fixtures.ts';

function newUpload(namespace: string, manifest = 'manifest'): uploads.NewUpload {
  return {
    uploadId: randomUUID(),
    namespace,
    principal: 'ci',
    name: 'web',
    version: '1',
    labels: { team: 'shop' },
    manifest: new TextEncoder().encode(manifest),
    manifestDigest: digestOf(manifest),
    size: 1_000n,
    profileVersion: 1,
    format: 'hybrid',
    pieceLength: 65_536,
    private: true,
    source: namespace,
    seederId: 'seeder-1',
  };
}

/** Uploads and their states. */
export function uploadContract(current: () => Database): void {
  describe('uploads', () => {
    it('are opened once for the same version and manifest, also by many at once', async () => {
      const namespace = freshNamespace();
      const opened = await Promise.all(
        Array.from({ length: 5 }, () => uploads.open(current().db, newUpload(namespace))),
      );
      expect(opened.filter((answer) => answer.created)).toHaveLength(1);
      expect(new Set(opened.map((answer) => answer.upload.uploadId)).size).toBe(1);

      const other = await uploads.open(current().db, newUpload(namespace, 'another manifest'));
      expect(other.created).toBe(true);
    });

    it('are found in their namespace only, and their manifest apart', async () => {
      const namespace = freshNamespace();
      const { upload } = await uploads.open(current().db, newUpload(namespace));
      expect(upload).not.toHaveProperty('manifest');
      expect(await uploads.find(current().db, namespace, upload.uploadId)).toEqual(upload);
      expect(await uploads.find(current().db, freshNamespace(), upload.uploadId)).toBeUndefined();
      expect(await uploads.findLive(current().db, upload)).toEqual(upload);
      const manifest = await uploads.readManifest(current().db, namespace, upload.uploadId);
      expect(new TextDecoder().decode(manifest)).toBe('manifest');
    });

    it.each([512 * 1024, 1_300_000])('give back a manifest of %i bytes', async (length) => {
      const namespace = freshNamespace();
      const text = Array.from({ length }, (_, at) => String.fromCharCode(97 + (at % 23))).join('');
      const { upload } = await uploads.open(current().db, newUpload(namespace, text));
      const manifest = await uploads.readManifest(current().db, namespace, upload.uploadId);
      expect(new TextDecoder().decode(manifest)).toBe(text);
    });

    it('go from open through staged to published, and never back', async () => {
      const namespace = freshNamespace();
      const { upload } = await uploads.open(current().db, newUpload(namespace));
      const step = (to: 'staged' | 'published') =>
        uploads.advance(current().db, namespace, upload.uploadId, { to, contentDigest: digestOf('content') });
      expect(await step('staged')).toMatchObject({ state: 'staged', contentDigest: digestOf('content') });
      expect(await step('published')).toMatchObject({ state: 'published' });
      expect(await step('staged')).toBeUndefined();
      const failed = await uploads.advance(current().db, namespace, upload.uploadId, {
        to: 'failed',
        errorCode: 'SHOAL_UPLOAD_CONTENT_MISMATCH',
      });
      expect(failed).toBeUndefined();
    });

    it('can be opened again after one failed', async () => {
      const namespace = freshNamespace();
      const { upload } = await uploads.open(current().db, newUpload(namespace));
      const failed = await uploads.advance(current().db, namespace, upload.uploadId, {
        to: 'failed',
        errorCode: 'SHOAL_UPLOAD_CONTENT_MISMATCH',
      });
      expect(failed).toMatchObject({ state: 'failed', errorCode: 'SHOAL_UPLOAD_CONTENT_MISMATCH' });
      expect(await uploads.findLive(current().db, upload)).toBeUndefined();
      expect((await uploads.open(current().db, newUpload(namespace))).created).toBe(true);
    });

    it('move to another seeder while they are open', async () => {
      const namespace = freshNamespace();
      const { upload } = await uploads.open(current().db, newUpload(namespace));
      const moved = await uploads.reassign(current().db, namespace, upload.uploadId, 'seeder-2');
      expect(moved).toMatchObject({ seederId: 'seeder-2', state: 'open' });
      await uploads.advance(current().db, namespace, upload.uploadId, {
        to: 'staged',
        contentDigest: digestOf('content'),
      });
      expect(await uploads.reassign(current().db, namespace, upload.uploadId, 'seeder-3')).toBeUndefined();
    });
  });
}
