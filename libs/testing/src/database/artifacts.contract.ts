import { artifacts, contents, copies, hosts, swarms, type Database } from '@shoal/database';
import { describe, expect, it } from 'vitest';
import { digestOf, freshNamespace, publishArtifact, putDurableCopy, putSwarm, sayHello } from './fixtures.ts';

/** Artifacts, contents, swarms and copies. */
export function artifactContract(current: () => Database): void {
  describe('artifacts', () => {
    it('are read with their content and the count of their copies', async () => {
      const namespace = freshNamespace();
      const published = await publishArtifact(current().db, namespace, 'web', '1.0.0', { team: 'shop' });
      await putDurableCopy(current().db, published, 'seeder-1');
      await copies.put(current().db, {
        namespace,
        contentDigest: published.contentDigest,
        seederId: 'seeder-2',
        state: 'replicating',
      });
      const found = await artifacts.find(current().db, namespace, 'web', '1.0.0');
      expect(found).toEqual({
        namespace,
        name: 'web',
        version: '1.0.0',
        contentDigest: digestOf('web 1.0.0'),
        labels: { team: 'shop' },
        principal: 'ci',
        publishedAt: expect.any(Date) as Date,
        seq: published.seq,
        size: 5_000_000_000n,
        fileCount: 3,
        copies: 1,
      });
    });

    it('are immutable: a second publication finds the first', async () => {
      const namespace = freshNamespace();
      const first = await publishArtifact(current().db, namespace, 'web', '1', {}, 'these bytes');
      const second = await publishArtifact(current().db, namespace, 'web', '1', {}, 'other bytes');
      expect(second).toEqual(first);
    });

    it('resolve the version published last, by publication and not by name', async () => {
      const namespace = freshNamespace();
      await publishArtifact(current().db, namespace, 'web', '9');
      await publishArtifact(current().db, namespace, 'web', '10');
      await publishArtifact(current().db, namespace, 'api', '11');
      const newest = await artifacts.find(current().db, namespace, 'web', '');
      expect(newest?.version).toBe('10');
    });

    it('are listed newest first, in pages, filtered by name and labels', async () => {
      const namespace = freshNamespace();
      for (const version of ['1', '2', '3', '4', '5']) {
        await publishArtifact(current().db, namespace, 'web', version, {
          arch: 'x86',
          odd: String(Number(version) % 2),
        });
      }
      await publishArtifact(current().db, namespace, 'api', '1', { arch: 'x86' });
      const filter = { namespace, name: 'web', labels: {}, pageSize: 2 };
      const first = await artifacts.list(current().db, { ...filter, pageToken: '' });
      const second = await artifacts.list(current().db, { ...filter, pageToken: first.nextPageToken });
      const third = await artifacts.list(current().db, { ...filter, pageToken: second.nextPageToken });
      const versions = [first, second, third].map((page) => page.items.map((item) => item.version));
      expect(versions).toEqual([['5', '4'], ['3', '2'], ['1']]);
      expect(third.nextPageToken).toBe('');

      const labelled = await artifacts.list(current().db, {
        namespace,
        name: '',
        labels: { arch: 'x86', odd: '1' },
        pageSize: 0,
        pageToken: '',
      });
      expect(labelled.items.map((item) => item.version)).toEqual(['5', '3', '1']);
    });

    it.each([
      { pageSize: 1001, pageToken: '' },
      { pageSize: -1, pageToken: '' },
      { pageSize: 10, pageToken: 'nonsense' },
      { pageSize: 10, pageToken: Buffer.from('["1; drop table"]').toString('base64url') },
    ])('refuse the page $pageSize "$pageToken"', async (page) => {
      const list = artifacts.list(current().db, { namespace: 'x', name: '', labels: {}, ...page });
      await expect(list).rejects.toMatchObject({ code: 'SHOAL_DATABASE_BAD_PAGE' });
    });

    it('hide contents from namespaces that have no artifact of them', async () => {
      const [mine, theirs] = [freshNamespace(), freshNamespace()];
      const { contentDigest } = await publishArtifact(
        current().db,
        mine,
        'web',
        '1',
        {},
        `secret of ${mine}`,
      );
      expect(await contents.find(current().db, mine, contentDigest)).toMatchObject({ size: 5_000_000_000n });
      expect(await contents.readManifest(current().db, mine, contentDigest)).toEqual(digestOf('manifest'));
      expect(await contents.find(current().db, theirs, contentDigest)).toBeUndefined();
      expect(await contents.readManifest(current().db, theirs, contentDigest)).toBeUndefined();
      expect(await artifacts.findByContent(current().db, theirs, contentDigest, '')).toBeUndefined();
    });

    it('are found by content, of one name or of any', async () => {
      const namespace = freshNamespace();
      const { contentDigest } = await publishArtifact(
        current().db,
        namespace,
        'web',
        '1',
        {},
        'shared bytes',
      );
      await publishArtifact(current().db, namespace, 'api', '2', {}, 'shared bytes');
      const any = await artifacts.findByContent(current().db, namespace, contentDigest, '');
      const web = await artifacts.findByContent(current().db, namespace, contentDigest, 'web');
      expect([any?.name, web?.name]).toEqual(['api', 'web']);
    });
  });

  describe('swarms', () => {
    it('are stored once and found for a page of artifacts', async () => {
      const namespace = freshNamespace();
      const web = await publishArtifact(current().db, namespace, 'web', '1');
      const api = await publishArtifact(current().db, namespace, 'api', '1');
      const key = await putSwarm(current().db, web, new Uint8Array(300));
      await putSwarm(current().db, web, new Uint8Array(300));
      const found = await swarms.ofArtifacts(current().db, [web, api]);
      expect(found).toEqual([
        {
          ...key,
          infoHashV1: digestOf('web v1').subarray(0, 20),
          infoHashV2: digestOf('web v2'),
          infoHashLenient: digestOf('web lenient').subarray(0, 20),
          pieceCount: 7,
          metainfoSize: 300,
          side: false,
        },
      ]);
      expect(await swarms.ofArtifacts(current().db, [])).toEqual([]);
    });

    it('give their metainfo in parts', async () => {
      const namespace = freshNamespace();
      const web = await publishArtifact(current().db, namespace, 'web', '1');
      const metainfo = Uint8Array.from({ length: 700_000 }, (_, index) => (index * 7) & 0xff);
      const key = await putSwarm(current().db, web, metainfo);
      const parts: Uint8Array[] = [];
      for (let offset = 0; ; offset += 262_144) {
        const part = await swarms.readMetainfo(current().db, key, offset, 262_144);
        if (part.length === 0) break;
        parts.push(part);
      }
      expect(parts.map((part) => part.length)).toEqual([262_144, 262_144, 175_712]);
      expect(Buffer.concat(parts).equals(metainfo)).toBe(true);
    });
  });

  describe('copies', () => {
    it('make the seedings of a seeder, and a new revision of them with every change', async () => {
      const namespace = freshNamespace();
      await sayHello(current().db, namespace, 'seeder-1', { role: 'seeder' });
      const web = await publishArtifact(current().db, namespace, 'web', '1');
      const api = await publishArtifact(current().db, namespace, 'api', '1');
      await putSwarm(current().db, web, new Uint8Array(9));
      await putSwarm(current().db, api, new Uint8Array(9));
      await putDurableCopy(current().db, web, 'seeder-1');
      await putDurableCopy(current().db, api, 'seeder-1');
      await putDurableCopy(current().db, api, 'seeder-2');

      const filter = { namespace, seederId: 'seeder-1', pageSize: 1 };
      const first = await copies.listSeedings(current().db, { ...filter, pageToken: '' });
      const second = await copies.listSeedings(current().db, { ...filter, pageToken: first.nextPageToken });
      expect([...first.items, ...second.items].map((seeding) => seeding.name)).toEqual(['web', 'api']);
      expect(second.nextPageToken).toBe('');
      expect(await hosts.find(current().db, namespace, 'seeder-1')).toMatchObject({ seedingsRevision: 2n });

      await copies.put(current().db, {
        namespace,
        contentDigest: web.contentDigest,
        seederId: 'seeder-1',
        state: 'lost',
      });
      expect(await hosts.find(current().db, namespace, 'seeder-1')).toMatchObject({ seedingsRevision: 3n });
      const left = await copies.listSeedings(current().db, { ...filter, pageToken: '' });
      expect(left.items.map((seeding) => seeding.name)).toEqual(['api']);
      const ofApi = await copies.ofContent(current().db, namespace, api.contentDigest);
      expect(ofApi.map((copy) => copy.seederId)).toEqual(['seeder-1', 'seeder-2']);
    });
  });
}
