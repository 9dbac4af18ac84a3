import { copies, type Database, hosts, sideSwarms, swarms } from '@shoal/database';
import { describe, expect, it } from 'vitest';
import { digestOf, freshNamespace, publishArtifact, putDurableCopy, putSwarm, sayHello } from './fixtures.ts';

const LIFETIME_MS = 60_000;
const ALIVE_FOR_MS = 60_000;

/** Side swarms: registered, claimed by one seeder at a time, made, kept, removed. */
export function sideSwarmContract(current: () => Database): void {
  describe('side swarms', () => {
    async function artifactWithSwarm() {
      const namespace = freshNamespace();
      const artifact = await publishArtifact(
        current().db,
        namespace,
        'web',
        '1',
        {},
        `content of ${namespace}`,
      );
      const main = await putSwarm(current().db, artifact, new Uint8Array(10));
      return { namespace, artifact, main };
    }

    const register = (key: swarms.SwarmKey, { limit = 2, lifetimeMs = LIFETIME_MS } = {}) =>
      current().transaction((transaction) =>
        sideSwarms.register(transaction, { key, principal: 'ci', lifetimeMs, limit }),
      );

    const v1Of = (main: swarms.SwarmKey): swarms.SwarmKey => ({ ...main, format: 'v1' });

    const claimBy = (namespace: string, seederId: string, aliveForMs = ALIVE_FOR_MS) =>
      sideSwarms.claim(current().db, { namespace, seederId, aliveForMs });

    it('are registered once, and no more than the limit of an artifact', async () => {
      const { artifact, main } = await artifactWithSwarm();
      const v1 = v1Of(main);
      expect(await register(v1)).toMatchObject({ ...v1, state: 'pending', errorCode: '' });
      expect(await register(v1)).toMatchObject(v1);
      expect(await register({ ...v1, private: false })).toMatchObject({ private: false });
      expect(await register({ ...v1, pieceLength: 131_072 })).toBeUndefined();
      expect(await register(v1), 'one that is there').toBeDefined();
      const all = await sideSwarms.ofArtifact(current().db, artifact);
      expect(all.map((side) => side.private)).toEqual([true, false]);
    });

    it('keep to the limit when many are registered at once', async () => {
      const { artifact, main } = await artifactWithSwarm();
      const lengths = [65_536, 131_072, 262_144, 524_288, 1_048_576];
      const made = await Promise.all(lengths.map((pieceLength) => register({ ...v1Of(main), pieceLength })));
      expect(made.filter((side) => side !== undefined)).toHaveLength(2);
      expect(await sideSwarms.ofArtifact(current().db, artifact)).toHaveLength(2);
    });

    it('are claimed by a holder of the content, until it is not alive any more', async () => {
      const { namespace, artifact, main } = await artifactWithSwarm();
      for (const id of ['seeder-1', 'seeder-2', 'other'])
        await sayHello(current().db, namespace, id, { role: 'seeder' });
      await putDurableCopy(current().db, artifact, 'seeder-1');
      await putDurableCopy(current().db, artifact, 'seeder-2');
      const v1 = v1Of(main);
      await register(v1);
      const isClaimable = (seederId: string) =>
        sideSwarms.isClaimable(current().db, { namespace, seederId, aliveForMs: ALIVE_FOR_MS });

      expect(await isClaimable('other')).toBe(false);
      expect(await claimBy(namespace, 'other')).toBeUndefined();
      expect(await isClaimable('seeder-1')).toBe(true);
      expect(await claimBy(namespace, 'seeder-1')).toMatchObject(v1);
      expect(await isClaimable('seeder-2')).toBe(false);
      expect(await claimBy(namespace, 'seeder-2')).toBeUndefined();
      expect(await claimBy(namespace, 'seeder-1'), 'after a restart').toMatchObject(v1);
      // Whoever was heard of longer than 0 ms ago counts as dead.
      expect(await claimBy(namespace, 'seeder-2', 0)).toMatchObject(v1);
    });

    it('are ready with their swarm, which comes after the main one and is listed to holders', async () => {
      const { namespace, artifact, main } = await artifactWithSwarm();
      await sayHello(current().db, namespace, 'seeder-1', { role: 'seeder' });
      await putDurableCopy(current().db, artifact, 'seeder-1');
      const v1 = v1Of(main);
      await register(v1);
      const before = await hosts.find(current().db, namespace, 'seeder-1');
      expect(await sideSwarms.settle(current().db, v1, { state: 'ready' })).toBe(true);
      expect(await sideSwarms.settle(current().db, v1, { state: 'ready' }), 'again').toBe(false);
      await putSide(v1);
      await copies.swarmsChanged(current().db, namespace, artifact.contentDigest);

      const found = await swarms.ofArtifacts(current().db, [artifact]);
      expect(found.map(({ format, side }) => [format, side])).toEqual([
        ['hybrid', false],
        ['v1', true],
      ]);
      const filter = { namespace, seederId: 'seeder-1', pageSize: 0, pageToken: '' };
      expect((await copies.listSeedings(current().db, filter)).items).toHaveLength(2);
      const after = await hosts.find(current().db, namespace, 'seeder-1');
      expect(after!.seedingsRevision).toBe(before!.seedingsRevision + 1n);
    });

    it('are tried again after a failure', async () => {
      const { namespace, artifact, main } = await artifactWithSwarm();
      await putDurableCopy(current().db, artifact, 'seeder-1');
      const v1 = v1Of(main);
      await register(v1);
      await claimBy(namespace, 'seeder-1');
      const errorCode = 'SHOAL_SIDE_SWARM_DAMAGED';
      await sideSwarms.settle(current().db, v1, { state: 'failed', errorCode });
      expect(await sideSwarms.find(current().db, v1)).toMatchObject({ state: 'failed', errorCode });
      expect(await claimBy(namespace, 'seeder-1')).toBeUndefined();
      expect(await register(v1)).toMatchObject({ state: 'pending', errorCode: '' });
      expect(await claimBy(namespace, 'seeder-1')).toMatchObject(v1);
    });

    it('are removed with their swarm when their time is over, unless they are kept', async () => {
      const { artifact, main } = await artifactWithSwarm();
      const [old, kept] = [v1Of(main), { ...v1Of(main), private: false }];
      for (const key of [old, kept]) {
        await register(key, { lifetimeMs: -1_000 });
        await putSide(key);
      }
      await sideSwarms.keep(current().db, kept, LIFETIME_MS);
      await sideSwarms.keep(current().db, kept, -LIFETIME_MS);
      await current().transaction(async (transaction) => {
        const expired = await sideSwarms.lockExpired(transaction, 100);
        const mine = expired.filter(({ namespace }) => namespace === artifact.namespace);
        expect(mine.map((side) => side.private)).toEqual([true]);
        for (const side of mine) expect(await sideSwarms.remove(transaction, side)).toBe(true);
      });
      expect(await sideSwarms.remove(current().db, old), 'again').toBe(false);
      const left = await swarms.ofArtifacts(current().db, [artifact]);
      expect(left.map(({ format, private: closed }) => [format, closed])).toEqual([
        ['hybrid', true],
        ['v1', false],
      ]);
    });

    it('never take the main swarm with them, nor one that an artifact was published with meanwhile', async () => {
      const { artifact, main } = await artifactWithSwarm();
      expect(await sideSwarms.remove(current().db, main)).toBe(false);
      const v1 = v1Of(main);
      await register(v1);
      await putSide(v1);
      await swarms.put(current().db, { ...swarmOf(v1) });
      expect(await sideSwarms.remove(current().db, v1)).toBe(true);
      const left = await swarms.ofArtifacts(current().db, [artifact]);
      expect(left.map(({ format, side }) => [format, side])).toEqual([
        ['hybrid', false],
        ['v1', false],
      ]);
    });

    it('are counted by state', async () => {
      const { main } = await artifactWithSwarm();
      const pending = async () =>
        (await sideSwarms.countByState(current().db)).find(({ state }) => state === 'pending')?.count ?? 0;
      const before = await pending();
      await register(v1Of(main));
      expect(await pending()).toBe(before + 1);
    });

    function swarmOf(key: swarms.SwarmKey) {
      const infoHashV1 = digestOf(JSON.stringify([key.format, key.private])).subarray(0, 20);
      const metainfo = new Uint8Array(5);
      return { ...key, infoHashV1, infoHashV2: null, infoHashLenient: null, pieceCount: 7, metainfo };
    }

    async function putSide(key: swarms.SwarmKey): Promise<void> {
      await swarms.put(current().db, { ...swarmOf(key), side: true });
    }
  });
}
