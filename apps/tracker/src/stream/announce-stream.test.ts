import { type AnnounceRequest, type DeepPartial, MemberRole } from '@shoal/contracts';
import { wireInfoHash } from '@shoal/protocol';
import { createSigner, generatePrivateKey } from '@shoal/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LENIENT, STRANGER, TestHost, TestTracker, V1, V2 } from '../test-tracker.ts';

let tracker: TestTracker;
beforeEach(async () => {
  tracker = await TestTracker.start();
});
afterEach(() => tracker.stop());

describe('the announce stream', () => {
  it('welcomes a host and tells it of those that joined before', async () => {
    const first = tracker.joined('a', 1001);
    expect((await first.next()).welcome?.software?.version).toMatch(/^\d+\./);
    expect(await first.nextPorts()).toEqual([]);
    const second = tracker.joined('b', 1002);
    const { peers } = await second.next().then(() => second.next());
    expect(peers).toMatchObject([{ handle: 7, seeders: 0, leechers: 2 }]);
    expect(peers[0]?.peers).toMatchObject([
      { address: Buffer.from([127, 0, 0, 1]), port: 1001, role: MemberRole.MEMBER_ROLE_AGENT },
    ]);
    first.end();
    second.end();
  });

  it('makes one swarm of the info-hashes of a hybrid', async () => {
    const v1 = tracker.joined('a', 1001);
    await v1.nextPorts();
    expect(await tracker.joined('b', 1002, { infoHash: V2 }).nextPorts()).toEqual([1001]);
    const { peers } = await tracker.announce(2001, { infoHash: wireInfoHash(LENIENT) });
    expect(peers.map(({ port }) => port).sort()).toEqual([1001, 1002]);
  });

  it('tells hosts that lack peers of a newcomer that asks for none', async () => {
    const waiting = tracker.joined('a', 1001);
    expect(await waiting.nextPorts()).toEqual([]);
    tracker.joined('s', 1002, { left: 0n, numwant: 0 });
    expect(await waiting.nextPorts()).toEqual([1002]);
  });

  it('never tells complete peers of each other', async () => {
    await tracker.joined('s1', 1001, { left: 0n }).nextPorts();
    expect(await tracker.joined('s2', 1002, { left: 0n }).nextPorts()).toEqual([]);
    expect((await tracker.joined('a', 1003).nextPorts()).sort()).toEqual([1001, 1002]);
  });

  it('tells a seeder that asks for nobody of a stock client that joined', async () => {
    const seeder = tracker.joined('s', 1001, { left: 0n, numwant: 0 });
    expect(await seeder.nextPorts()).toEqual([]);
    await tracker.announce(2001);
    expect(await seeder.nextPorts()).toEqual([2001]);
  });

  it('counts a host as complete from its update on', async () => {
    const host = tracker.joined('a', 1001);
    await host.nextPorts();
    host.send({ updates: [{ handle: 7, left: 0n, numwant: 5 }] });
    expect((await host.next()).peers).toMatchObject([{ seeders: 1, leechers: 0 }]);
  });

  it('hands out no more whom two hosts report as corrupt, also when it joins again', async () => {
    const corrupt = tracker.joined('bad', 1001);
    await corrupt.nextPorts();
    const [first, second] = [tracker.joined('a', 1002), tracker.joined('b', 1003)];
    await first.nextPorts();
    await second.nextPorts();
    const corruptPeerIds = [Buffer.alloc(20, 1001)];
    const report = { updates: [{ handle: 7, left: 1n, corruptPeerIds }] };
    first.send(report);
    first.send(report);
    first.send({ updates: [{ handle: 7, left: 1n, numwant: 5 }] });
    expect(await first.nextPorts()).toContain(1001);
    second.send({ updates: [{ handle: 7, left: 1n, numwant: 5, corruptPeerIds }] });
    expect(await second.nextPorts()).not.toContain(1001);
    await tracker.joined('bad', 1001).nextPorts();
    expect(await tracker.joined('c', 1004).nextPorts()).not.toContain(1001);
  });

  it('tells a host that it was reported, also when it joins again, and nobody of what it says of itself', async () => {
    const accused = tracker.joined('accused', 1001);
    await accused.nextPorts();
    const reporter = tracker.joined('a', 1002);
    await reporter.nextPorts();
    const report = (id: number) => ({
      updates: [{ handle: 7, left: 1n, numwant: 1, corruptPeerIds: [Buffer.alloc(20, id)] }],
    });
    reporter.send(report(1002));
    expect((await reporter.next()).reported).toEqual([]);
    reporter.send(report(1001));
    expect((await accused.next()).reported).toEqual([7]);
    const again = tracker.joined('accused', 1001);
    await again.next();
    expect((await again.next()).reported).toEqual([7]);
  });

  it('forgets a host at once when it leaves', async () => {
    const host = tracker.joined('a', 1001);
    await host.nextPorts();
    host.send({ leaves: [7] });
    host.end();
    await expect(host.next()).rejects.toThrow('the stream ended');
    expect(await tracker.joined('b', 1002).nextPorts()).toEqual([]);
  });

  it('keeps the place of a host whose stream broke, and gives it back', async () => {
    const broken = tracker.joined('a', 1001);
    await broken.nextPorts();
    const next = broken.next();
    broken.break();
    await expect(next).rejects.toThrow(/abort/i);
    const watcher = tracker.joined('b', 1002);
    expect(await watcher.nextPorts()).toEqual([1001]);
    expect(await tracker.joined('a', 1001).nextPorts()).toEqual([1002]);
    expect((await tracker.announce(2001)).incomplete).toBe(3);
  });

  it.each([
    ['a grant of another host', () => ({ grant: tracker.grantFor('b') }), 'SHOAL_TRACKER_GRANT_HOST'],
    ['a grant for stock clients', () => ({ grant: tracker.grantFor('*') }), 'SHOAL_TRACKER_GRANT_HOST'],
    [
      'an expired grant',
      () => ({ grant: tracker.grantFor('a', { expiresIn: -1 }) }),
      'SHOAL_TRACKER_GRANT_EXPIRED',
    ],
    [
      'an info-hash that the grant does not name',
      () => ({ infoHash: STRANGER }),
      'SHOAL_TRACKER_UNKNOWN_INFO_HASH',
    ],
    ['no grant', () => ({ grant: '' }), 'SHOAL_TRACKER_GRANT_INVALID'],
    [
      'a grant of another catalog',
      () => ({ grant: tracker.grantFor('a', { by: createSigner(generatePrivateKey()) }) }),
      'SHOAL_TRACKER_GRANT_INVALID',
    ],
    [
      'a grant without info-hashes',
      () => ({ grant: tracker.grantFor('a', { infoHashes: [] }) }),
      'SHOAL_TRACKER_GRANT_INVALID',
    ],
  ])('refuses one swarm for %s, and serves the others', async (_what, fields, code) => {
    const host = tracker.joined('a', 1001, fields());
    expect(await host.nextRefusal()).toEqual({ handle: 7, code });
    host.join({ handle: 8 });
    expect((await host.next()).peers).toMatchObject([{ handle: 8 }]);
  });

  it('refuses updates of swarms that were not joined', async () => {
    const host = tracker.joined('a', 1001);
    host.send({ updates: [{ handle: 99 }] });
    expect(await host.nextRefusal()).toEqual({ handle: 99, code: 'SHOAL_TRACKER_HANDLE_UNKNOWN' });
  });

  it('takes a host out when its grant runs out, unless it was renewed', async () => {
    const renewed = tracker.joined('a', 1001, { grant: tracker.grantFor('a', { expiresIn: 1_000 }) });
    renewed.send({ updates: [{ handle: 7, left: 1n, grant: tracker.grantFor('a') }] });
    const lapsed = tracker.joined('b', 1002, { grant: tracker.grantFor('b', { expiresIn: 1_000 }) });
    expect(await lapsed.nextRefusal()).toEqual({ handle: 7, code: 'SHOAL_TRACKER_GRANT_EXPIRED' });
    expect(await tracker.joined('c', 1003).nextPorts()).toEqual([1001]);
  });

  it.each([
    ['no hello', { joins: [] }],
    ['a bad host id', { hello: { hostId: 'UPPER', role: 1, peerId: Buffer.alloc(20), port: 1 } }],
    ['a short peer id', { hello: { hostId: 'a', role: 1, peerId: Buffer.alloc(3), port: 1 } }],
    ['port 0', { hello: { hostId: 'a', role: 1, peerId: Buffer.alloc(20), port: 0 } }],
    ['no role', { hello: { hostId: 'a', role: 0, peerId: Buffer.alloc(20), port: 1 } }],
    ['a bad address', { hello: { hostId: 'a', role: 1, peerId: Buffer.alloc(20), port: 1, address: V1 } }],
  ] satisfies [string, DeepPartial<AnnounceRequest>][])(
    'ends a stream that starts with %s',
    async (_what, message) => {
      const host = new TestHost(tracker, 'a');
      host.send(message);
      await host.next();
      await expect(host.next()).rejects.toMatchObject({ code: 'SHOAL_TRACKER_REQUEST_INVALID' });
    },
  );

  it('refuses more peers in a swarm than allowed', async () => {
    for (let port = 1; port <= 40; port++) await tracker.announce(port);
    expect(await tracker.joined('a', 1001).nextRefusal()).toMatchObject({ code: 'SHOAL_TRACKER_PEER_LIMIT' });
  });
});
