import { mkdtempSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import {
  HealthCheckResponse_ServingStatus as Serving,
  HealthDefinition,
  SeederServiceDefinition,
  type SeederServiceImplementation,
  ShoalError,
} from '@shoal/contracts';
import { createCertificateAuthority } from '@shoal/testing';
import { Status } from 'nice-grpc-common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { createGrpcChannel, type GrpcChannel, type GrpcChannelInit } from './channel.ts';
import { createGrpcServer, type GrpcServer, type GrpcServerInit } from './server.ts';

const authority = createCertificateAuthority();
const { ca } = authority;

let logged = '';
const destination = new Writable({
  write(chunk: Buffer, _encoding, done) {
    logged += chunk.toString();
    done();
  },
});
const logger = createLogger({ service: 'test', level: 'debug', destination });

let telemetry: Telemetry;
let directory: string;
let servers: GrpcServer[];
let channels: GrpcChannel[];

beforeEach(() => {
  logged = '';
  telemetry = startTelemetry({ service: 'test', version: '0', instance: 'i' });
  directory = mkdtempSync(join(tmpdir(), 'shoal-grpc-'));
  servers = [];
  channels = [];
});

afterEach(async () => {
  for (const channel of channels) channel.close();
  await Promise.all(servers.map((server) => server.stop(1_000)));
  await telemetry.shutdown();
  rmSync(directory, { recursive: true });
});

type Refresh = SeederServiceImplementation['refresh'];

/** Starts a server whose Refresh does `refresh`, and whose other calls answer with what they read. */
async function serve(refresh: Refresh = () => Promise.resolve({}), init: Partial<GrpcServerInit> = {}) {
  const server = createGrpcServer({ logger, telemetry }, { listen: '127.0.0.1:0', ...init });
  server.add(SeederServiceDefinition, {
    refresh,
    async upload(requests) {
      let bytes = 0;
      for await (const { part } of requests) if (part?.$case === 'data') bytes += part.value.length;
      return { contentDigest: Buffer.from(String(bytes)) };
    },
    openUpload: () => Promise.reject(new Error('not called')),
    transfer: () => {
      throw new Error('not called');
    },
    scrub: () => {
      throw new Error('not called');
    },
  });
  servers.push(server);
  return { server, ...(await server.start()) };
}

function connect(endpoint: string, init: Partial<GrpcChannelInit> = {}): GrpcChannel {
  const channel = createGrpcChannel({ telemetry }, { endpoint, ...init });
  channels.push(channel);
  return channel;
}

const refreshing = (endpoint: string, init: Partial<GrpcChannelInit> = {}) =>
  connect(endpoint, init).client(SeederServiceDefinition).refresh({});

describe('errors', () => {
  it('come out at the caller as they went in', async () => {
    const error = { code: 'SHOAL_TEST', status: Status.NOT_FOUND, message: 'gone ✗', remedy: 'look' };
    const { endpoint } = await serve(() => Promise.reject(new ShoalError(error)));
    const thrown: unknown = await refreshing(endpoint).catch((caught: unknown) => caught);
    expect(thrown).toBeInstanceOf(ShoalError);
    expect(thrown).toMatchObject(error);
  });

  it('of other packages keep code and remedy', async () => {
    const error = Object.assign(new Error('disk full'), { code: 'SHOAL_STORE_FULL', remedy: 'make space' });
    const { endpoint } = await serve(() => Promise.reject(error));
    await expect(refreshing(endpoint)).rejects.toMatchObject({
      code: 'SHOAL_STORE_FULL',
      status: Status.FAILED_PRECONDITION,
      message: 'disk full',
      remedy: 'make space',
    });
  });

  it('that nobody foresaw show an id, and nothing else, that is in the log', async () => {
    const { endpoint } = await serve(() => Promise.reject(new Error('inner details')));
    const thrown = await refreshing(endpoint).catch((caught: unknown) => caught as ShoalError);
    expect(thrown).toMatchObject({ code: 'SHOAL_INTERNAL', status: Status.INTERNAL });
    const [, id = '-'] = /internal error (\S+)$/.exec((thrown as ShoalError).message) ?? [];
    expect((thrown as ShoalError).message).not.toContain('inner details');
    expect(logged).toContain(id);
    expect(logged).toContain('inner details');
  });

  it('with long texts are shortened', async () => {
    const error = {
      code: 'SHOAL_TEST',
      status: Status.NOT_FOUND,
      message: 'm'.repeat(50_000),
      remedy: 'r'.repeat(50_000),
    };
    const { endpoint } = await serve(() => Promise.reject(new ShoalError(error)));
    await expect(refreshing(endpoint)).rejects.toMatchObject({
      code: 'SHOAL_TEST',
      remedy: `${'r'.repeat(1_999)}…`,
    });
  });

  it('say where nobody answers', async () => {
    const { endpoint, server } = await serve();
    await server.stop(0);
    await expect(refreshing(endpoint)).rejects.toMatchObject({
      code: 'SHOAL_UNAVAILABLE',
      remedy: expect.stringContaining(endpoint) as string,
    });
  });

  it('name calls that the server does not have', async () => {
    const { endpoint } = await serve();
    const unknown = { ...HealthDefinition, fullName: 'test.Unknown' };
    await expect(connect(endpoint).client(unknown).check({})).rejects.toMatchObject({
      code: 'SHOAL_RPC_UNIMPLEMENTED',
    });
  });
});

describe('deadlines', () => {
  it('end a call here and at the server', async () => {
    let aborted: Promise<unknown> = Promise.resolve();
    const { endpoint } = await serve((_request, { signal }) => {
      aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      return new Promise(() => undefined);
    });
    await expect(refreshing(endpoint, { deadlineMs: 200 })).rejects.toMatchObject({
      code: 'SHOAL_DEADLINE_EXCEEDED',
    });
    await aborted;
  });

  it('can be set for one call', async () => {
    const { endpoint } = await serve(() => new Promise(() => undefined));
    const call = connect(endpoint).client(SeederServiceDefinition).refresh({}, { deadlineMs: 100 });
    await expect(call).rejects.toMatchObject({ code: 'SHOAL_DEADLINE_EXCEEDED' });
  });

  it('are not what an abort by the caller looks like', async () => {
    const { endpoint } = await serve(() => new Promise(() => undefined));
    const signal = AbortSignal.abort();
    await expect(
      connect(endpoint).client(SeederServiceDefinition).refresh({}, { signal }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});

describe('limits', () => {
  it('refuse larger messages, and go on', async () => {
    const { endpoint } = await serve(undefined, { maxMessageBytes: 10_000 });
    const client = connect(endpoint).client(SeederServiceDefinition);
    async function* data(length: number) {
      yield await Promise.resolve({ part: { $case: 'data' as const, value: Buffer.alloc(length) } });
    }
    await expect(client.upload(data(20_000))).rejects.toMatchObject({ code: 'SHOAL_RPC_RESOURCE_EXHAUSTED' });
    expect(await client.upload(data(9_000))).toMatchObject({ contentDigest: Buffer.from('9000') });
  });

  it('survive bytes that are no HTTP/2', async () => {
    const { endpoint } = await serve();
    await expect(fetch(`http://${endpoint}/`)).rejects.toThrow();
    expect(await refreshing(endpoint)).toEqual({});
  });
});

describe('listening', () => {
  it('is refused off loopback without TLS', async () => {
    await expect(serve(undefined, { listen: '0.0.0.0:0' })).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_INSECURE_BINDING',
    });
    expect((await serve(undefined, { listen: '0.0.0.0:0', insecure: true })).endpoint).toMatch(
      /^0\.0\.0\.0:\d+$/,
    );
  });

  it('says which address is taken', async () => {
    const { endpoint } = await serve();
    await expect(serve(undefined, { listen: endpoint })).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_LISTEN_FAILED',
      message: expect.stringContaining(endpoint) as string,
    });
  });

  it('works on a Unix socket for its owner alone, and again after a crash', async () => {
    const path = join(directory, 'agent.sock');
    // What a killed process leaves: a socket nobody listens on.
    const crashed = createServer().listen(path);
    await new Promise((resolve) => crashed.once('listening', resolve));
    const { endpoint } = await replaceCrashed(path, crashed);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(await refreshing(endpoint)).toEqual({});
    await expect(serve(undefined, { listen: `unix:${path}` })).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_LISTEN_FAILED',
    });
  });

  it('never replaces a file', async () => {
    const path = join(directory, 'file');
    writeFileSync(path, 'content');
    await expect(serve(undefined, { listen: `unix:${path}` })).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_LISTEN_FAILED',
    });
    expect(statSync(path).isFile()).toBe(true);
  });
});

describe('TLS', () => {
  const identity = authority.issue('server');
  const local = (endpoint: string) => endpoint.replace('127.0.0.1', 'localhost');

  it('serves clients that trust the authority', async () => {
    const { endpoint } = await serve(undefined, { tls: { identity } });
    expect(await refreshing(local(endpoint), { tls: { ca } })).toEqual({});
    const stranger = createCertificateAuthority().ca;
    await expect(refreshing(local(endpoint), { tls: { ca: stranger } })).rejects.toMatchObject({
      code: 'SHOAL_UNAVAILABLE',
    });
    await expect(refreshing(endpoint)).rejects.toMatchObject({ code: 'SHOAL_UNAVAILABLE' });
  });

  it('with an authority at the server asks clients for a certificate of it', async () => {
    const { endpoint } = await serve(undefined, { tls: { identity, ca } });
    const client = authority.issue('client');
    expect(await refreshing(local(endpoint), { tls: { ca, identity: client } })).toEqual({});
    const stranger = createCertificateAuthority().issue('client');
    for (const tls of [{ ca }, { ca, identity: stranger }])
      await expect(refreshing(local(endpoint), { tls })).rejects.toMatchObject({ code: 'SHOAL_UNAVAILABLE' });
  });
});

describe('health', () => {
  it('answers for the server and each service', async () => {
    const { endpoint } = await serve();
    const health = connect(endpoint).client(HealthDefinition);
    expect(await health.check({})).toEqual({ status: Serving.SERVING });
    const { fullName } = SeederServiceDefinition;
    expect(await health.check({ service: fullName })).toEqual({ status: Serving.SERVING });
    await expect(health.check({ service: 'shoal.Other' })).rejects.toMatchObject({
      status: Status.NOT_FOUND,
    });
  });

  it('tells those who watch, until the server stops', async () => {
    const { server, endpoint } = await serve();
    const seen: number[] = [];
    for await (const { status } of connect(endpoint)
      .client(HealthDefinition)
      .watch({ service: SeederServiceDefinition.fullName })) {
      seen.push(status);
      if (seen.length === 1) void server.stop(1_000);
    }
    expect(seen).toEqual([Serving.SERVING, Serving.NOT_SERVING]);
  });
});

it('stopping gives calls in progress their time, then cancels them', async () => {
  let started = (): void => undefined;
  const running = new Promise<void>((resolve) => (started = resolve));
  const { server, endpoint } = await serve(() => {
    started();
    return new Promise(() => undefined);
  });
  const call = refreshing(endpoint);
  call.catch(() => undefined);
  await running;
  await server.stop(100);
  await expect(call).rejects.toMatchObject({
    code: expect.stringMatching(/SHOAL_(UNAVAILABLE|RPC_CANCELLED)/) as string,
  });
});

it('calls are counted by method and status', async () => {
  const { endpoint } = await serve();
  await refreshing(endpoint);
  expect(await telemetry.metricsText()).toMatch(
    /rpc_server_call_duration_count\{rpc_method="shoal.seeder.v1.SeederService\/Refresh",rpc_response_status_code="OK".*\} 1/,
  );
});

/** Closing a server removes its socket; a crash does not. So the socket is moved away, closed, and moved back. */
async function replaceCrashed(path: string, crashed: ReturnType<typeof createServer>) {
  renameSync(path, `${path}.kept`);
  await new Promise((resolve) => crashed.close(resolve));
  renameSync(`${path}.kept`, path);
  return serve(undefined, { listen: `unix:${path}` });
}
