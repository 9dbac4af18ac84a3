import { decodeAnnounceResponse, decodeScrapeResponse, wireInfoHash } from '@shoal/protocol';
import { createSigner, generatePrivateKey } from '@shoal/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { announceQuery, STRANGER, TestTracker, V1 } from '../test-tracker.ts';

let tracker: TestTracker;
beforeEach(async () => {
  tracker = await TestTracker.start();
});
afterEach(() => tracker.stop());

describe('HTTP announces', () => {
  it('hand out stock clients and hosts to each other, packed', async () => {
    const host = tracker.joined('a', 1001);
    await host.nextPorts();
    const answer = await tracker.announce(2001);
    expect(answer).toMatchObject({ interval: 60, complete: 0, incomplete: 2 });
    expect(answer.peers).toEqual([{ host: '127.0.0.1', port: 1001 }]);
    expect(await tracker.joined('b', 1002).nextPorts()).toEqual(expect.arrayContaining([1001, 2001]));
  });

  it('hand out peers as dictionaries on request', async () => {
    await tracker.announce(2001);
    const { peers } = await tracker.announce(2002, { compact: false });
    expect(peers).toEqual([{ host: '127.0.0.1', port: 2001, peerId: new Uint8Array(20).fill(2001) }]);
  });

  it('are taken at every path that clients make of an exported URL', async () => {
    await tracker.announce(2001);
    const grant = tracker.grantFor('*');
    for (const path of [`/announce/${grant}/announce`, `/${grant}/announce`]) {
      const { status, body } = await tracker.get(`${path}?${announceQuery(2002)}`);
      expect({ status, body: body.toString('latin1') }).toMatchObject({
        status: 200,
        body: expect.stringContaining('5:peers6:') as string,
      });
    }
    for (const path of [`/announce/${grant}/scrape`, `/scrape/${grant}/announce`, `/${grant}/scrape`])
      expect((await tracker.get(`${path}?${announceQuery(2002)}`)).body.toString()).toContain('5:files');
  });

  it('believe the connection, not the ip parameter', async () => {
    await tracker.get(`/${tracker.grantFor('*')}/announce?${announceQuery(2001)}&ip=192.0.2.1`);
    expect((await tracker.announce(2002)).peers).toEqual([{ host: '127.0.0.1', port: 2001 }]);
  });

  it('hand out no more peers than asked for', async () => {
    for (const port of [2001, 2002, 2003]) await tracker.announce(port);
    expect((await tracker.announce(2004, { numwant: 2 })).peers).toHaveLength(2);
    expect((await tracker.announce(2004, { numwant: 0 })).peers).toHaveLength(0);
  });

  it('forget a client that stops, and count one that completes', async () => {
    await tracker.announce(2001);
    await tracker.announce(2002);
    await tracker.announce(2001, { event: 'stopped' });
    const { complete, incomplete } = await tracker.announce(2002, { event: 'completed', left: 0 });
    expect({ complete, incomplete }).toEqual({ complete: 1, incomplete: 0 });
    const { body } = await tracker.get(
      `/${tracker.grantFor('*')}/scrape?info_hash=${'%11'.repeat(20)}&info_hash=${'%99'.repeat(20)}`,
    );
    expect(decodeScrapeResponse(body)).toEqual([
      { infoHash: new Uint8Array(V1), complete: 1, incomplete: 0, downloaded: 1 },
    ]);
  });

  it('count a partial seed among those that lack something, and hand it out', async () => {
    await tracker.announce(2001, { event: 'paused', left: 5 });
    const { complete, incomplete, peers } = await tracker.announce(2002);
    expect({ complete, incomplete }).toEqual({ complete: 0, incomplete: 2 });
    expect(peers).toEqual([{ host: '127.0.0.1', port: 2001 }]);
  });

  it.each([
    [
      'an info-hash that the grant does not name',
      () => tracker.announce(1, { infoHash: wireInfoHash(STRANGER) }),
    ],
    ['an expired grant', () => tracker.announce(1, {}, tracker.grantFor('*', { expiresIn: -1 }))],
    [
      'a grant of another catalog',
      () => tracker.announce(1, {}, tracker.grantFor('*', { by: createSigner(generatePrivateKey()) })),
    ],
    ['text instead of a grant', () => tracker.announce(1, {}, 'nonsense')],
  ])('say why they refuse %s', async (_what, attempt) => {
    await expect(attempt()).rejects.toMatchObject({
      code: 'SHOAL_TRACKER_FAILURE',
      message: expect.stringMatching(/\(SHOAL_TRACKER_/) as string,
    });
  });

  it.each([
    '',
    'info_hash',
    'info_hash=%zz&peer_id=x',
    `info_hash=${'%11'.repeat(19)}&peer_id=${'x'.repeat(20)}&port=1&uploaded=0&downloaded=0&left=0`,
    `info_hash=${'%11'.repeat(20)}&peer_id=${'x'.repeat(20)}&port=99999&uploaded=0&downloaded=0&left=0`,
    `info_hash=${'%11'.repeat(20)}&peer_id=${'x'.repeat(20)}&port=1&uploaded=0&downloaded=0&left=-1`,
  ])('answer the malformed query "%s" with a failure reason', async (query) => {
    const { status, body } = await tracker.get(`/${tracker.grantFor('*')}/announce?${query}`);
    expect(status).toBe(200);
    expect(() => decodeAnnounceResponse(body)).toThrow(/SHOAL_TRACKER_/);
  });

  it('refuse huge headers and unknown paths, and go on', async () => {
    expect((await tracker.get('/x/announce', { 'x-filler': 'x'.repeat(20_000) })).status).toBe(431);
    expect((await tracker.get('/nowhere')).status).toBe(404);
    expect((await tracker.get('/healthz')).status).toBe(200);
  });

  it('appear in the metrics', async () => {
    await tracker.announce(2001);
    const { body } = await tracker.get('/metrics');
    expect(body.toString()).toMatch(/shoal_tracker_announces_total\{transport="http".*\} 1/);
    expect(body.toString()).toMatch(/shoal_tracker_peers\{.*\} 1/);
  });
});

it('keeps grants out of the log', async () => {
  const grant = tracker.grantFor('*');
  await tracker.get(`/${grant}/announce?${announceQuery(2001)}`);
  await tracker.joined('a', 1001).nextPorts();
  expect(tracker.logged).toContain('tracker listens');
  expect(tracker.logged).not.toContain(grant.slice(0, 40));
});
