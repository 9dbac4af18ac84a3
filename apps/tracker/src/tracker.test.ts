import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Writable } from 'node:stream';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  type DeepPartial,
  MemberRole,
  TrackerServiceDefinition,
} from '@shoal/contracts';
import {
  decodeAnnounceResponse,
  decodeScrapeResponse,
  encodeAnnounceQuery,
  wireInfoHash,
} from '@shoal/protocol';
import {
  createGrpcChannel,
  createLogger,
  createSigner,
  createSignerFromFile,
  generatePrivateKey,
  type GrpcChannel,
  loadOptions,
  type Signer,
  startTelemetry,
  type Telemetry,
} from '@shoal/service';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createService, options, type Tracker } from './index.ts';

const HOUR = 3_600_000;
const V1 = Buffer.alloc(20, 0x11);
const V2 = Buffer.alloc(20, 0x22);
const STRANGER = Buffer.alloc(20, 0x99);

let directory: string;
let signer: Signer;
let telemetry: Telemetry;
let tracker: Tracker;
let channel: GrpcChannel;
const logged: string[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-tracker-'));
  signer = createSignerFromFile(join(directory, 'key.pem'));
  telemetry = startTelemetry({ service: 'tracker', version: '0', instance: 'test' });
  const destination = new Writable({
    write(chunk: Buffer, _encoding, done) {
      logged.push(chunk.toString());
      done();
    },
  });
  const flags = {
    listen: '127.0.0.1:0',
    httpListen: '127.0.0.1:0',
    catalogPublicKey: join(directory, 'key.pem.pub'),
    maxPeersPerSwarm: 40,
  };
  tracker = createService(
    { logger: createLogger({ service: 'tracker', level: 'debug', destination }), telemetry },
    loadOptions(options, { flags, envPrefix: 'SHOAL_TRACKER_' }),
  );
  await tracker.start();
  channel = createGrpcChannel({ telemetry }, { endpoint: tracker.addresses!.grpc });
});

afterEach(async () => {
  channel.close();
  await tracker.stop();
  await telemetry.shutdown();
  rmSync(directory, { recursive: true });
});

function grantFor(hostId: string, { by = signer, infoHashes = [V1, V2], expiresIn = HOUR } = {}): string {
  const expiresAt = new Date(Date.now() + expiresIn);
  return by.signGrant({ namespace: 'default', infoHashes, hostId, expiresAt });
}

/** A host's stream as a test drives it. */
class Host {
  readonly #requests = new PassThrough({ objectMode: true });
  readonly #responses: AsyncIterator<AnnounceResponse>;
  #ahead: Promise<IteratorResult<AnnounceResponse>>;
  readonly #abort = new AbortController();
  readonly hostId: string;

  constructor(hostId: string) {
    this.hostId = hostId;
    const client = channel.client(TrackerServiceDefinition);
    const responses = client.announce(this.#requests as AsyncIterable<DeepPartial<AnnounceRequest>>, {
      signal: this.#abort.signal,
    });
    this.#responses = responses[Symbol.asyncIterator]();
    this.#ahead = this.#read();
  }

  send(message: DeepPartial<AnnounceRequest>): void {
    this.#requests.write(message);
  }

  hello(port: number, fields: DeepPartial<AnnounceRequest['hello']> = {}): void {
    const role = MemberRole.MEMBER_ROLE_AGENT;
    this.send({ hello: { hostId: this.hostId, role, peerId: Buffer.alloc(20, port), port, ...fields } });
  }

  join(fields: DeepPartial<AnnounceRequest['joins'][number]> = {}): void {
    this.send({
      joins: [{ handle: 7, infoHash: V1, grant: grantFor(this.hostId), left: 1n, numwant: 10, ...fields }],
    });
  }

  async next(): Promise<AnnounceResponse> {
    const result = await this.#ahead;
    if (result.done === true) throw new Error('the stream ended');
    this.#ahead = this.#read();
    return result.value;
  }

  /** The call starts with the first read, so there is always one. */
  #read(): Promise<IteratorResult<AnnounceResponse>> {
    const reading = this.#responses.next();
    reading.catch(() => undefined);
    return reading;
  }

  /** Ports of the peers in the next message that has peers or figures of a swarm. */
  async nextPorts(): Promise<number[]> {
    for (;;) {
      const { peers } = await this.next();
      if (peers.length > 0) return peers.flatMap((swarm) => swarm.peers.map((peer) => peer.port));
    }
  }

  async nextRefusal(): Promise<{ handle: number; code: string }> {
    for (;;) {
      const [refusal] = (await this.next()).refusals;
      if (refusal !== undefined) return { handle: refusal.handle, code: refusal.code };
    }
  }

  end(): void {
    this.#requests.end();
  }

  break(): void {
    this.#abort.abort();
  }
}

function joined(
  hostId: string,
  port: number,
  fields: DeepPartial<AnnounceRequest['joins'][number]> = {},
): Host {
  const host = new Host(hostId);
  host.hello(port);
  host.join(fields);
  return host;
}

interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

function get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
  const [host, port] = tracker.addresses!.http.split(':');
  return new Promise((resolve, reject) => {
    const outgoing = request({ host, port, path, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
    });
    outgoing.on('error', reject);
    outgoing.end();
  });
}

function announceQuery(
  port: number,
  fields: Partial<Parameters<typeof encodeAnnounceQuery>[0]> = {},
): string {
  return encodeAnnounceQuery({
    infoHash: wireInfoHash(V1),
    peerId: Buffer.alloc(20, port),
    port,
    uploaded: 0,
    downloaded: 0,
    left: 1,
    compact: true,
    noPeerId: false,
    ...fields,
  });
}

async function announce(
  port: number,
  fields: Parameters<typeof announceQuery>[1] = {},
  grant = grantFor('*'),
) {
  return decodeAnnounceResponse((await get(`/${grant}/announce?${announceQuery(port, fields)}`)).body);
}

describe('the announce stream', () => {
  it('welcomes a host and tells it of those that joined before', async () => {
    const first = joined('a', 1001);
    expect((await first.next()).welcome?.software?.version).toMatch(/^\d+\./);
    expect(await first.nextPorts()).toEqual([]);
    const second = joined('b', 1002);
    const { peers } = await second.next().then(() => second.next());
    expect(peers).toMatchObject([{ handle: 7, seeders: 0, leechers: 2 }]);
    expect(peers[0]?.peers).toMatchObject([
      { address: Buffer.from([127, 0, 0, 1]), port: 1001, role: MemberRole.MEMBER_ROLE_AGENT },
    ]);
    first.end();
    second.end();
  });

  it('makes one swarm of the info-hashes of a hybrid', async () => {
    const v1 = joined('a', 1001);
    await v1.nextPorts();
    expect(await joined('b', 1002, { infoHash: V2 }).nextPorts()).toEqual([1001]);
  });

  it('tells hosts that lack peers of a newcomer that asks for none', async () => {
    const waiting = joined('a', 1001);
    expect(await waiting.nextPorts()).toEqual([]);
    joined('s', 1002, { left: 0n, numwant: 0 });
    expect(await waiting.nextPorts()).toEqual([1002]);
  });

  it('never tells complete peers of each other', async () => {
    await joined('s1', 1001, { left: 0n }).nextPorts();
    expect(await joined('s2', 1002, { left: 0n }).nextPorts()).toEqual([]);
    expect((await joined('a', 1003).nextPorts()).sort()).toEqual([1001, 1002]);
  });

  it('counts a host as complete from its update on', async () => {
    const host = joined('a', 1001);
    await host.nextPorts();
    host.send({ updates: [{ handle: 7, left: 0n, numwant: 5 }] });
    expect((await host.next()).peers).toMatchObject([{ seeders: 1, leechers: 0 }]);
  });

  it('forgets a host at once when it leaves', async () => {
    const host = joined('a', 1001);
    await host.nextPorts();
    host.send({ leaves: [7] });
    host.end();
    await expect(host.next()).rejects.toThrow('the stream ended');
    expect(await joined('b', 1002).nextPorts()).toEqual([]);
  });

  it('keeps the place of a host whose stream broke, and gives it back', async () => {
    const broken = joined('a', 1001);
    await broken.nextPorts();
    const next = broken.next();
    broken.break();
    await expect(next).rejects.toThrow(/abort/i);
    const watcher = joined('b', 1002);
    expect(await watcher.nextPorts()).toEqual([1001]);
    expect(await joined('a', 1001).nextPorts()).toEqual([1002]);
    expect((await announce(2001)).incomplete).toBe(3);
  });

  it.each([
    ['a grant of another host', () => ({ grant: grantFor('b') }), 'SHOAL_TRACKER_GRANT_HOST'],
    ['a grant for stock clients', () => ({ grant: grantFor('*') }), 'SHOAL_TRACKER_GRANT_HOST'],
    ['an expired grant', () => ({ grant: grantFor('a', { expiresIn: -1 }) }), 'SHOAL_TRACKER_GRANT_EXPIRED'],
    [
      'an info-hash that the grant does not name',
      () => ({ infoHash: STRANGER }),
      'SHOAL_TRACKER_UNKNOWN_INFO_HASH',
    ],
    ['no grant', () => ({ grant: '' }), 'SHOAL_TRACKER_GRANT_INVALID'],
    [
      'a grant of another catalog',
      () => ({ grant: grantFor('a', { by: createSigner(generatePrivateKey()) }) }),
      'SHOAL_TRACKER_GRANT_INVALID',
    ],
    [
      'a grant without info-hashes',
      () => ({ grant: grantFor('a', { infoHashes: [] }) }),
      'SHOAL_TRACKER_GRANT_INVALID',
    ],
  ])('refuses one swarm for %s, and serves the others', async (_what, fields, code) => {
    const host = joined('a', 1001, fields());
    expect(await host.nextRefusal()).toEqual({ handle: 7, code });
    host.join({ handle: 8 });
    expect((await host.next()).peers).toMatchObject([{ handle: 8 }]);
  });

  it('refuses updates of swarms that were not joined', async () => {
    const host = joined('a', 1001);
    host.send({ updates: [{ handle: 99 }] });
    expect(await host.nextRefusal()).toEqual({ handle: 99, code: 'SHOAL_TRACKER_HANDLE_UNKNOWN' });
  });

  it('takes a host out when its grant runs out, unless it was renewed', async () => {
    const renewed = joined('a', 1001, { grant: grantFor('a', { expiresIn: 1_000 }) });
    renewed.send({ updates: [{ handle: 7, left: 1n, grant: grantFor('a') }] });
    const lapsed = joined('b', 1002, { grant: grantFor('b', { expiresIn: 1_000 }) });
    expect(await lapsed.nextRefusal()).toEqual({ handle: 7, code: 'SHOAL_TRACKER_GRANT_EXPIRED' });
    expect(await joined('c', 1003).nextPorts()).toEqual([1001]);
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
      const host = new Host('a');
      host.send(message);
      await host.next();
      await expect(host.next()).rejects.toMatchObject({ code: 'SHOAL_TRACKER_REQUEST_INVALID' });
    },
  );

  it('refuses more peers in a swarm than allowed', async () => {
    for (let port = 1; port <= 40; port++) await announce(port);
    expect(await joined('a', 1001).nextRefusal()).toMatchObject({ code: 'SHOAL_TRACKER_PEER_LIMIT' });
  });
});

describe('HTTP announces', () => {
  it('hand out stock clients and hosts to each other, packed', async () => {
    const host = joined('a', 1001);
    await host.nextPorts();
    const answer = await announce(2001);
    expect(answer).toMatchObject({ interval: 60, complete: 0, incomplete: 2 });
    expect(answer.peers).toEqual([{ host: '127.0.0.1', port: 1001 }]);
    expect(await joined('b', 1002).nextPorts()).toEqual(expect.arrayContaining([1001, 2001]));
  });

  it('hand out peers as dictionaries on request', async () => {
    await announce(2001);
    const { peers } = await announce(2002, { compact: false });
    expect(peers).toEqual([{ host: '127.0.0.1', port: 2001, peerId: new Uint8Array(20).fill(2001) }]);
  });

  it('believe the connection, not the ip parameter', async () => {
    await get(`/${grantFor('*')}/announce?${announceQuery(2001)}&ip=192.0.2.1`);
    expect((await announce(2002)).peers).toEqual([{ host: '127.0.0.1', port: 2001 }]);
  });

  it('hand out no more peers than asked for', async () => {
    for (const port of [2001, 2002, 2003]) await announce(port);
    expect((await announce(2004, { numwant: 2 })).peers).toHaveLength(2);
    expect((await announce(2004, { numwant: 0 })).peers).toHaveLength(0);
  });

  it('forget a client that stops, and count one that completes', async () => {
    await announce(2001);
    await announce(2002);
    await announce(2001, { event: 'stopped' });
    const { complete, incomplete } = await announce(2002, { event: 'completed', left: 0 });
    expect({ complete, incomplete }).toEqual({ complete: 1, incomplete: 0 });
    const { body } = await get(
      `/${grantFor('*')}/scrape?info_hash=${'%11'.repeat(20)}&info_hash=${'%99'.repeat(20)}`,
    );
    expect(decodeScrapeResponse(body)).toEqual([
      { infoHash: new Uint8Array(V1), complete: 1, incomplete: 0, downloaded: 1 },
    ]);
  });

  it.each([
    ['an info-hash that the grant does not name', () => announce(1, { infoHash: wireInfoHash(STRANGER) })],
    ['an expired grant', () => announce(1, {}, grantFor('*', { expiresIn: -1 }))],
    [
      'a grant of another catalog',
      () => announce(1, {}, grantFor('*', { by: createSigner(generatePrivateKey()) })),
    ],
    ['text instead of a grant', () => announce(1, {}, 'nonsense')],
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
    const { status, body } = await get(`/${grantFor('*')}/announce?${query}`);
    expect(status).toBe(200);
    expect(() => decodeAnnounceResponse(body)).toThrow(/SHOAL_TRACKER_/);
  });

  it('refuse huge headers and unknown paths, and go on', async () => {
    expect((await get('/x/announce', { 'x-filler': 'x'.repeat(20_000) })).status).toBe(431);
    expect((await get('/nowhere')).status).toBe(404);
    expect((await get('/healthz')).status).toBe(200);
  });

  it('appear in the metrics', async () => {
    await announce(2001);
    const { body } = await get('/metrics');
    expect(body.toString()).toMatch(/shoal_tracker_announces_total\{transport="http".*\} 1/);
    expect(body.toString()).toMatch(/shoal_tracker_peers\{.*\} 1/);
  });
});

it('keeps grants out of the log', async () => {
  const grant = grantFor('*');
  await get(`/${grant}/announce?${announceQuery(2001)}`);
  await joined('a', 1001).nextPorts();
  expect(logged.length).toBeGreaterThan(0);
  expect(logged.join('')).not.toContain(grant.slice(0, 40));
});
