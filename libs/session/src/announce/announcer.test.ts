import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  encodeAnnounceResponse,
  encodeTrackerFailure,
  parseAnnounceQuery,
  type TrackerPeer,
  wireInfoHash,
} from '@shoal/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { announceOverHttp } from './http-announce.ts';
import { createAnnouncer, type Announcer } from './announcer.ts';

const REQUEST: AnnounceRequest = {
  infoHash: wireInfoHash(Uint8Array.from({ length: 20 }, (_, i) => i * 13)),
  peerId: new Uint8Array(20).fill(0x2b),
  port: 6881,
  uploaded: 1,
  downloaded: 2,
  left: 3,
  compact: true,
  noPeerId: true,
};

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function startServer(handler: Handler, host = '127.0.0.1'): Promise<string> {
  const server: Server = createServer(handler);
  server.listen(0, host);
  await once(server, 'listening');
  cleanups.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const name = host.includes(':') ? `[${host}]` : host;
  return `http://${name}:${String((server.address() as AddressInfo).port)}/announce`;
}

function answer(response: ServerResponse, content: AnnounceResponse): void {
  response.end(encodeAnnounceResponse(content, { compact: true, noPeerId: true }));
}

function queryOf(request: IncomingMessage): AnnounceRequest {
  return parseAnnounceQuery(request.url?.split('?')[1] ?? '');
}

describe('announceOverHttp', () => {
  it.each(['127.0.0.1', '::1'])('announces at %s and reads the peers', async (host) => {
    const seen: AnnounceRequest[] = [];
    const url = await startServer((request, response) => {
      seen.push(queryOf(request));
      answer(response, { interval: 60, peers: [{ host: '10.0.0.1', port: 7000 }] });
    }, host);
    const { interval, peers } = await announceOverHttp(url, REQUEST);
    expect({ interval, peers }).toEqual({ interval: 60, peers: [{ host: '10.0.0.1', port: 7000 }] });
    expect(seen).toEqual([REQUEST]);
  });

  it('leaves from the local address', async () => {
    let from: string | undefined;
    const url = await startServer((request, response) => {
      from = request.socket.remoteAddress;
      answer(response, { interval: 60, peers: [] });
    });
    await announceOverHttp(url, REQUEST, { localAddress: '127.0.0.2' });
    expect(from).toBe('127.0.0.2');
  });

  it('keeps what the announce URL has in its path and query', async () => {
    let target: string | undefined;
    const url = await startServer((request, response) => {
      target = request.url;
      answer(response, { interval: 60, peers: [] });
    });
    await announceOverHttp(url.replace('/announce', '/grant/announce?key=a%2Fb'), REQUEST);
    expect(target).toMatch(/^\/grant\/announce\?key=a%2Fb&info_hash=%00/);
  });

  it.each<[string, Handler, string]>([
    ['a refusal', (_, response) => response.end(encodeTrackerFailure('no')), 'SHOAL_TRACKER_FAILURE'],
    ['HTML', (_, response) => response.end('<html>'), 'SHOAL_TRACKER_RESPONSE_INVALID'],
    ['status 404', (_, response) => response.writeHead(404).end(), 'SHOAL_ANNOUNCE_STATUS'],
    [
      'a redirect',
      (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      'SHOAL_ANNOUNCE_STATUS',
    ],
    ['2 MiB', (_, response) => response.end(Buffer.alloc(2 * 1024 * 1024)), 'SHOAL_ANNOUNCE_TOO_LARGE'],
    ['a reset', (request) => request.socket.destroy(), 'SHOAL_ANNOUNCE_UNREACHABLE'],
    [
      'an answer cut short',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('d8:', () => response.destroy());
      },
      'SHOAL_ANNOUNCE_UNREACHABLE',
    ],
  ])('reports %s with a typed error', async (_, handler, code) => {
    const url = await startServer(handler);
    await expect(announceOverHttp(url, REQUEST)).rejects.toMatchObject({ code });
  });

  it('gives up on a tracker that does not answer', async () => {
    const url = await startServer(() => undefined);
    const announced = announceOverHttp(url, REQUEST, { deadlineMs: 50 });
    await expect(announced).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_DEADLINE' });
  });

  it.each(['udp://127.0.0.1:1/announce', 'nonsense'])('refuses the URL %s', async (url) => {
    await expect(announceOverHttp(url, REQUEST)).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_URL' });
  });

  it('reports a port where nobody listens', async () => {
    const announced = announceOverHttp('http://127.0.0.1:1/announce', REQUEST);
    await expect(announced).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_UNREACHABLE' });
  });
});

interface Planned {
  readonly delayMs: number;
  readonly fire: () => void;
}

/** An announcer whose timers fire when the test says so, and an inbox of what it does. */
function startAnnouncer(url: string) {
  const planned = inbox<Planned>();
  const peers = inbox<readonly TrackerPeer[]>();
  const errors = inbox<unknown>();
  let cancelled = 0;
  const announcer: Announcer = createAnnouncer(
    {
      random: { below: () => 0 },
      schedule: (callback, delayMs) => {
        planned.put({ delayMs, fire: callback });
        return () => (cancelled += 1);
      },
    },
    {
      url,
      infoHash: REQUEST.infoHash,
      peerId: REQUEST.peerId,
      port: REQUEST.port,
      figures: () => ({ uploaded: 1, downloaded: 2, left: 3 }),
      onPeers: peers.put,
      onError: errors.put,
    },
  );
  cleanups.push(() => announcer.stop());
  return { announcer, planned, peers, errors, cancelled: () => cancelled };
}

/** A queue whose `take` waits for what is not there yet. */
function inbox<T>() {
  const items: T[] = [];
  const takers: ((item: T) => void)[] = [];
  return {
    put: (item: T): void => {
      const taker = takers.shift();
      if (taker === undefined) items.push(item);
      else taker(item);
    },
    take: async (): Promise<T> =>
      new Promise((resolve) => {
        const item = items.shift();
        if (item === undefined) takers.push(resolve);
        else resolve(item);
      }),
    size: () => items.length,
  };
}

describe('createAnnouncer', () => {
  it('announces started, then regularly, then completed and stopped', async () => {
    const requests = inbox<AnnounceRequest>();
    const url = await startServer((request, response) => {
      requests.put(queryOf(request));
      const trackerId = Buffer.from('id-1');
      answer(response, { interval: 120, trackerId, peers: [{ host: '10.0.0.1', port: 1 }] });
    });
    const { announcer, planned, peers, cancelled } = startAnnouncer(url);
    expect(await requests.take()).toMatchObject({ event: 'started', uploaded: 1, downloaded: 2, left: 3 });
    expect(await peers.take()).toEqual([{ host: '10.0.0.1', port: 1 }]);
    const regular = await planned.take();
    expect(regular.delayMs).toBe(120_000);

    regular.fire();
    const second = await requests.take();
    expect(second.event).toBeUndefined();
    expect(second.trackerId).toEqual(new Uint8Array(Buffer.from('id-1')));

    await planned.take();
    announcer.completed();
    expect(cancelled()).toBeGreaterThan(0);
    expect((await requests.take()).event).toBe('completed');

    await planned.take();
    await announcer.stop();
    expect(await requests.take()).toMatchObject({ event: 'stopped', numwant: 0 });
    announcer.completed();
    expect(requests.size()).toBe(0);
  });

  it('tells that it is complete before it stops', async () => {
    const requests = inbox<AnnounceRequest>();
    const url = await startServer((request, response) => {
      requests.put(queryOf(request));
      answer(response, { interval: 120, peers: [] });
    });
    const { announcer, planned } = startAnnouncer(url);
    await planned.take();
    announcer.completed();
    await announcer.stop();
    const events = [await requests.take(), await requests.take(), await requests.take()].map(
      ({ event }) => event,
    );
    expect(events).toEqual(['started', 'completed', 'stopped']);
    expect(requests.size()).toBe(0);
  });

  it.each([
    [1, 30_000],
    [100_000, 3_600_000],
  ])('turns an interval of %i s into one of %i ms', async (interval, delayMs) => {
    const url = await startServer((_, response) => answer(response, { interval, peers: [] }));
    const { planned } = startAnnouncer(url);
    expect((await planned.take()).delayMs).toBe(delayMs);
  });

  it('waits longer after each failure, and says "started" until it is heard', async () => {
    const events = inbox<AnnounceRequest['event']>();
    let isUp = false;
    const url = await startServer((request, response) => {
      events.put(queryOf(request).event);
      if (isUp) answer(response, { interval: 60, peers: [] });
      else response.writeHead(503).end();
    });
    const { planned, errors } = startAnnouncer(url);
    for (const delayMs of [5_000, 10_000, 20_000]) {
      expect(await events.take()).toBe('started');
      expect(await errors.take()).toMatchObject({ code: 'SHOAL_ANNOUNCE_STATUS' });
      const retry = await planned.take();
      expect(retry.delayMs).toBe(delayMs);
      isUp = delayMs === 20_000;
      retry.fire();
    }
    expect(await events.take()).toBe('started');
    expect((await planned.take()).delayMs).toBe(60_000);
  });

  it('stops at once while a tracker does not answer', async () => {
    const asked = inbox<IncomingMessage>();
    const url = await startServer(asked.put);
    const { announcer, planned, errors } = startAnnouncer(url);
    await asked.take();
    await announcer.stop();
    expect([planned.size(), errors.size(), asked.size()]).toEqual([0, 0, 0]);
  });
});
