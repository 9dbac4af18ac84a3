import { sql } from 'kysely';
import { type Database, hosts, type ScrubColumn } from '@shoal/database';
import { describe, expect, it } from 'vitest';
import { freshNamespace, publishArtifact, putDurableCopy, sayHello } from './fixtures.ts';

const MINUTE = 60_000;

const SCRUB: ScrubColumn = {
  lastVerifiedAt: null,
  damagedArtifacts: 1,
  damaged: [
    {
      name: 'web',
      version: '1',
      contentDigest: 'ab',
      files: 2,
      foundAt: '2026-01-02T03:04:05.678Z',
      errorCode: 'SHOAL_FLEET_DAMAGED',
      errorMessage: 'no peer has it',
    },
  ],
};

/** Members of the fleet. */
export function hostContract(current: () => Database): void {
  describe('hosts', () => {
    it('are what their last hello said', async () => {
      const namespace = freshNamespace();
      await sayHello(current().db, namespace, 'web-1', { zone: 'eu-1', labels: { tier: 'old' } });
      await sayHello(current().db, namespace, 'web-1', {
        zone: 'eu-2',
        labels: { tier: 'front' },
        freeBytes: 7_000_000_000n,
        applied: [{ name: 'web', revision: '9007199254740993', contentDigest: 'ab' }],
        scrub: SCRUB,
      });
      expect(await hosts.find(current().db, namespace, 'web-1')).toEqual({
        namespace,
        hostId: 'web-1',
        role: 'agent',
        principal: 'anonymous',
        zone: 'eu-2',
        rack: 'r1',
        labels: { tier: 'front' },
        software: { version: '0.1.0', capabilities: ['hybrid'] },
        endpoint: '',
        filesUrl: '',
        freeBytes: 7_000_000_000n,
        applied: [{ name: 'web', revision: '9007199254740993', contentDigest: 'ab' }],
        scrub: SCRUB,
        seedingsRevision: 0n,
        lastSeenAt: expect.any(Date) as Date,
      });
    });

    it.each([
      { selector: {}, found: ['a', 'b', 'c'] },
      { selector: { tier: 'front' }, found: ['a', 'b'] },
      { selector: { tier: 'front', zone: 'eu-1' }, found: ['a'] },
      { selector: { zone: 'eu-2', rack: 'r2' }, found: ['b'] },
      { selector: { host: 'c' }, found: ['c'] },
      { selector: { host: 'c', tier: 'front' }, found: [] },
      { selector: { tier: 'fron' }, found: [] },
      { selector: { unknown: '' }, found: [] },
    ])('match the selector $selector', async ({ selector, found }) => {
      const namespace = freshNamespace();
      await sayHello(current().db, namespace, 'a', { zone: 'eu-1', labels: { tier: 'front' } });
      await sayHello(current().db, namespace, 'b', { zone: 'eu-2', rack: 'r2', labels: { tier: 'front' } });
      await sayHello(current().db, namespace, 'c', { zone: 'eu-2' });
      await sayHello(current().db, namespace, 'seeder', { role: 'seeder', labels: { tier: 'front' } });
      await sayHello(current().db, freshNamespace(), 'd', { labels: { tier: 'front' } });
      expect(await hosts.agentsMatching(current().db, namespace, selector)).toEqual(found);
    });

    it('serve the files of contents that they hold, if they say so', async () => {
      const namespace = freshNamespace();
      const web = await publishArtifact(current().db, namespace, 'web', '1');
      const url = (id: string) => `http://${id}/content/`;
      for (const id of ['mute', 'first', 'last', 'without'])
        await sayHello(current().db, namespace, id, {
          role: 'seeder',
          filesUrl: id === 'mute' ? '' : url(id),
        });
      for (const id of ['mute', 'first', 'last']) await putDurableCopy(current().db, web, id);
      // Two hellos may come in the same millisecond.
      await current()
        .db.updateTable('hosts')
        .set({ lastSeenAt: sql<Date>`now() - interval '1 minute'` })
        .where('namespace', '=', namespace)
        .where('hostId', '=', 'first')
        .execute();
      const servers = (limit: number) => hosts.fileServers(current().db, namespace, web.contentDigest, limit);
      expect(await servers(8)).toEqual([url('last'), url('first')]);
      expect(await servers(1)).toEqual([url('last')]);
    });

    it('are listed in pages by id, and say whether they are alive', async () => {
      const namespace = freshNamespace();
      for (const id of ['c', 'a', 'b']) await sayHello(current().db, namespace, id);
      const filter = { namespace, selector: {}, pageSize: 2, aliveForMs: MINUTE };
      const first = await hosts.list(current().db, { ...filter, pageToken: '' });
      const second = await hosts.list(current().db, { ...filter, pageToken: first.nextPageToken });
      expect([first, second].map((page) => page.items.map((host) => host.hostId))).toEqual([
        ['a', 'b'],
        ['c'],
      ]);
      expect(second.items[0]).toMatchObject({ alive: true });
      const strict = await hosts.list(current().db, { ...filter, aliveForMs: 0, pageToken: '' });
      expect(strict.items[0]).toMatchObject({ alive: false });
    });

    it('give the seeders that are alive, the emptiest first', async () => {
      const namespace = freshNamespace();
      await sayHello(current().db, namespace, 's1', { role: 'seeder', freeBytes: 1n, endpoint: 'h:1' });
      await sayHello(current().db, namespace, 's2', { role: 'seeder', freeBytes: 2n, endpoint: 'h:2' });
      await sayHello(current().db, namespace, 'agent', { freeBytes: 3n });
      const alive = await hosts.aliveSeeders(current().db, namespace, MINUTE);
      expect(alive.map((seeder) => seeder.endpoint)).toEqual(['h:2', 'h:1']);
      expect(await hosts.aliveSeeders(current().db, namespace, 0)).toEqual([]);
    });
  });
}
