import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { ShoalError } from '@shoal/contracts';
import { createCertificateAuthority } from '@shoal/testing';
import { Status } from 'nice-grpc-common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createLogger } from '../logging/logger.ts';
import { startTelemetry, type Telemetry } from '../telemetry/telemetry.ts';
import { json, text } from './http-message.ts';
import { createHttpServer, type HttpServer, type HttpServerInit } from './http-server.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let telemetry: Telemetry;
let server: HttpServer;
let endpoint: string;

beforeEach(async () => {
  telemetry = startTelemetry({ service: 'test', version: '0', instance: 'i' });
  server = make();
  ({ endpoint } = await server.start());
});

afterEach(async () => {
  await server.stop(500);
  await telemetry.shutdown();
});

function make(init: Partial<HttpServerInit> = {}): HttpServer {
  return createHttpServer({ logger, telemetry }, { listen: '127.0.0.1:0', ...init });
}

const get = (path: string, init: RequestInit = {}) => fetch(`http://${endpoint}${path}`, init);

describe('routes', () => {
  it('get the raw query and decoded parameters', async () => {
    server.route('GET', '/:grant/announce', ({ params, query, remoteAddress }) =>
      json(200, { params, query, remoteAddress }),
    );
    expect(await (await get('/a%20b/announce?info_hash=%ff%00')).json()).toEqual({
      params: { grant: 'a b' },
      query: 'info_hash=%ff%00',
      remoteAddress: '127.0.0.1',
    });
  });

  it('may end in any number of segments', async () => {
    server.route('GET', '/files/*', ({ path }) => text(200, path));
    expect(await (await get('/files/a')).text()).toBe('/files/a');
    expect(await (await get('/files/a/b%2fc')).text()).toBe('/files/a/b%2fc');
    expect((await get('/files')).status).toBe(404);
  });

  it.each([
    ['GET', '/nowhere', 404],
    ['POST', '/healthz', 405],
    ['GET', '/%zz/announce', 404],
    ['GET', '//announce', 404],
    ['HEAD', '/healthz', 200],
  ])('answer %s %s with %i', async (method, path, status) => {
    server.route('GET', '/:grant/announce', () => text(200, ''));
    expect((await get(path, { method })).status).toBe(status);
  });

  it('stream answers', async () => {
    server.route('GET', '/stream', () => ({ status: 200, body: Readable.from(['a', 'b', 'c']) }));
    expect(await (await get('/stream')).text()).toBe('abc');
  });

  it('break off a stream that fails, and go on', async () => {
    const broken = new Readable({ read: () => undefined });
    broken.push('a');
    server.route('GET', '/stream', () => ({ status: 200, body: broken }));
    const response = await get('/stream');
    broken.destroy(new Error('broken'));
    await expect(response.text()).rejects.toThrow();
    expect((await get('/healthz')).status).toBe(200);
  });
});

describe('failures', () => {
  it('become JSON with code, message and remedy', async () => {
    server.route('GET', '/fails', () => {
      throw new ShoalError({ code: 'SHOAL_TEST', status: Status.NOT_FOUND, message: 'm', remedy: 'r' });
    });
    const response = await get('/fails');
    expect(response.status).toBe(404);
    expect(await response.json()).toEqual({ code: 'SHOAL_TEST', message: 'm', remedy: 'r' });
  });

  it('that nobody foresaw show no details', async () => {
    server.route('GET', '/fails', () => Promise.reject(new Error('inner details')));
    const response = await get('/fails');
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('inner details');
  });
});

describe('limits', () => {
  it('refuse large headers and bodies', async () => {
    server.route('POST', '/body', async ({ body }) => text(200, String((await body(1_000)).length)));
    expect((await get('/healthz', { headers: { filler: 'x'.repeat(20_000) } })).status).toBe(431);
    expect((await get('/body', { method: 'POST', body: 'x'.repeat(2_000) })).status).toBe(429);
    expect(await (await get('/body', { method: 'POST', body: 'x'.repeat(1_000) })).text()).toBe('1000');
  });

  it('survive bytes that are no HTTP', async () => {
    const [host, port] = endpoint.split(':');
    const socket = connect(Number(port), host);
    socket.write('\x00\x01\x02 nonsense\r\n\r\n');
    socket.resume();
    await once(socket, 'close');
    expect((await get('/healthz')).status).toBe(200);
  });

  it('keep a connection for many requests', async () => {
    const [host, port] = endpoint.split(':');
    const socket = connect(Number(port), host);
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    for (let count = 1; count <= 3; count++) {
      socket.write(`GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n`);
      while (received.split('ok\n').length <= count) await once(socket, 'data');
    }
    socket.destroy();
  });
});

describe('probes', () => {
  it('tell whether each dependency can be used', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    server.addReadiness('database', () => Promise.reject(new Error('no connection')));
    server.addReadiness('bus', () => Promise.resolve());
    const response = await get('/readyz');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, checks: { database: 'no connection', bus: 'ok' } });
  });

  it('do not wait for a dependency that hangs', async () => {
    server.addReadiness('database', () => new Promise(() => undefined));
    expect(await (await get('/readyz')).json()).toMatchObject({ ready: false });
  });

  it('count requests by route', async () => {
    await get('/healthz');
    expect(await (await get('/metrics')).text()).toMatch(
      /http_server_request_duration_count\{.*http_route="\/healthz".*\} 1/,
    );
  });
});

describe('listening', () => {
  it('is refused off loopback without TLS, and on addresses that are taken', async () => {
    await expect(make({ listen: '0.0.0.0:0' }).start()).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_INSECURE_BINDING',
    });
    await expect(make({ listen: endpoint }).start()).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_LISTEN_FAILED',
    });
  });

  it('on loopback alone is refused elsewhere, with words that go with it', async () => {
    const elsewhere = make({ listen: '0.0.0.0:0', loopbackOnly: true, insecure: true });
    await expect(elsewhere.start()).rejects.toMatchObject({
      code: 'SHOAL_SERVICE_NOT_LOOPBACK',
      remedy: expect.not.stringContaining('--') as string,
    });
  });

  it.each([
    ['localhost:80', 200],
    ['LOCALHOST', 200],
    ['127.0.0.1:9', 200],
    ['[::1]:9', 200],
    ['evil.example', 421],
    ['127.0.0.1.evil.example:80', 421],
    ['localhost@evil.example', 421],
    ['[::1].evil.example', 421],
    ['10.0.0.1', 421],
    ['localhost.evil.example', 421],
  ])('on loopback alone answers requests for %j with %i', async (host, status) => {
    const local = make({ loopbackOnly: true });
    const [, port] = (await local.start()).endpoint.split(':');
    const outgoing = request({ port, path: '/metrics', headers: { host }, agent: false }).end();
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    expect(response.statusCode).toBe(status);
    response.resume();
    await local.stop(100);
  });

  it('with TLS needs no certificate of clients', async () => {
    const authority = createCertificateAuthority();
    const secure = make({ tls: { identity: authority.issue('server'), ca: authority.ca } });
    const { port } = new URL(`https://${(await secure.start()).endpoint}`);
    const outgoing = tlsRequest({ host: 'localhost', port, path: '/healthz', ca: authority.ca }).end();
    const [response] = (await once(outgoing, 'response')) as [{ statusCode: number; destroy(): void }];
    expect(response.statusCode).toBe(200);
    response.destroy();
    await secure.stop(100);
  });

  it('ends with requests in progress given their time', async () => {
    server.route('GET', '/hangs', () => new Promise(() => undefined));
    const [host, port] = endpoint.split(':');
    const outgoing = request({ host, port, path: '/hangs' }).end();
    const failed = once(outgoing, 'error').catch((error: unknown) => [error]);
    await once(outgoing, 'finish');
    await get('/healthz');
    await server.stop(100);
    expect(await failed).toHaveLength(1);
  });
});
