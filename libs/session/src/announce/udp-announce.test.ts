import { createSocket, type RemoteInfo, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AnnounceRequest, wireInfoHash } from '@shoal/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { systemRandom, systemSchedule } from '../system.ts';
import { announceOverUdp } from './udp-announce.ts';

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
const COMPONENTS = { random: systemRandom, schedule: systemSchedule };
const CONNECTION_ID = 0x0102030405060708n;
const PEER_IPV4 = '0a0000011ae1';
const PEER_IPV6 = '20010db8000000000000000000000001' + '1ae1';

/** Answers a datagram; nothing is sent for `undefined`. */
type Handler = (datagram: Buffer, socket: Socket, from: RemoteInfo) => Uint8Array | undefined;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function openSocket(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.bind(0, host);
  await once(socket, 'listening');
  cleanups.push(async () => {
    socket.close();
    await once(socket, 'close');
  });
  return socket;
}

/** A tracker that answers as told; gives its URL. */
async function startTracker(handler: Handler, host = '127.0.0.1', path = '/announce'): Promise<string> {
  const socket = await openSocket(host);
  socket.on('message', (datagram, from) => {
    const answer = handler(datagram, socket, from);
    if (answer !== undefined) socket.send(answer, from.port, from.address);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  return `udp://${name}:${String(socket.address().port)}${path}`;
}

const actionOf = (datagram: Buffer): number => datagram.readUInt32BE(8);
const transactionOf = (datagram: Buffer): number => datagram.readUInt32BE(12);

/** An answer: action, the transaction of the question, and the rest as hex digits. */
function answerTo(datagram: Buffer, action: number, rest: string, transaction = transactionOf(datagram)) {
  const header = Buffer.alloc(8);
  header.writeUInt32BE(action, 0);
  header.writeUInt32BE(transaction, 4);
  return Buffer.concat([header, Buffer.from(rest, 'hex')]);
}

/** What a tracker answers that is sound. */
function soundAnswer(datagram: Buffer, peers = PEER_IPV4): Buffer {
  return actionOf(datagram) === 0
    ? answerTo(datagram, 0, CONNECTION_ID.toString(16).padStart(16, '0'))
    : answerTo(datagram, 1, '0000003c' + '00000000' + '00000001' + peers);
}

describe('announceOverUdp', () => {
  it.each([
    ['127.0.0.1', PEER_IPV4, '10.0.0.1'],
    ['::1', PEER_IPV6, '2001:db8::1'],
  ])('connects and announces at %s, and reads the peers', async (host, packed, peer) => {
    const announces: Buffer[] = [];
    const url = await startTracker((datagram) => {
      if (actionOf(datagram) === 1) announces.push(datagram);
      return soundAnswer(datagram, packed);
    }, host);
    const response = await announceOverUdp(COMPONENTS, url, REQUEST);
    expect(response).toEqual({
      interval: 60,
      incomplete: 0,
      complete: 1,
      peers: [{ host: peer, port: 6881 }],
    });
    expect(announces).toHaveLength(1);
    expect(announces[0]?.readBigUInt64BE(0)).toBe(CONNECTION_ID);
    expect(announces[0]?.subarray(16, 36)).toEqual(Buffer.from(REQUEST.infoHash));
  });

  it('finds a tracker by name, whichever of its addresses answers', async () => {
    const url = await startTracker((datagram) => soundAnswer(datagram));
    const { peers } = await announceOverUdp(COMPONENTS, url.replace('127.0.0.1', 'localhost'), REQUEST);
    expect(peers).toEqual([{ host: '10.0.0.1', port: 6881 }]);
  });

  it('leaves from the local address', async () => {
    const from = new Set<string>();
    const url = await startTracker((datagram, _, { address }) => {
      from.add(address);
      return soundAnswer(datagram);
    });
    await announceOverUdp(COMPONENTS, url, REQUEST, { localAddress: '127.0.0.2' });
    expect([...from]).toEqual(['127.0.0.2']);
  });

  it('tells what the announce URL has in its path and query', async () => {
    const texts: string[] = [];
    const handler: Handler = (datagram) => {
      if (actionOf(datagram) === 1) texts.push(datagram.subarray(98).toString('latin1'));
      return soundAnswer(datagram);
    };
    await announceOverUdp(COMPONENTS, await startTracker(handler, '127.0.0.1', '/a?key=b%2Fc'), REQUEST);
    await announceOverUdp(COMPONENTS, await startTracker(handler, '127.0.0.1', ''), REQUEST);
    expect(texts).toEqual(['\x02\x0c/a?key=b%2Fc', '']);
  });

  it('sends a datagram that got lost again, after 15 s and then 30 s', async () => {
    const pauses: number[] = [];
    let retry: () => void = () => undefined;
    const seen: Buffer[] = [];
    const url = await startTracker((datagram) => {
      seen.push(datagram);
      if (seen.length >= 3) return soundAnswer(datagram);
      retry();
      return undefined;
    });
    const schedule = (callback: () => void, delayMs: number): (() => void) => {
      pauses.push(delayMs);
      retry = callback;
      return () => undefined;
    };
    await announceOverUdp({ random: systemRandom, schedule }, url, REQUEST);
    expect(pauses).toEqual([15_000, 30_000, 60_000, 15_000]);
    expect(seen.map(actionOf)).toEqual([0, 0, 0, 1]);
    expect(seen[1]).toEqual(seen[0]);
  });

  it('takes answers from the tracker alone, and to its own questions', async () => {
    const stranger = await openSocket('127.0.0.1');
    const url = await startTracker((datagram, socket, from) => {
      const forged = soundAnswer(datagram, '0a000002ffff');
      stranger.send(forged, from.port, from.address);
      socket.send(
        answerTo(datagram, 3, '6e6f', (transactionOf(datagram) + 1) % 2 ** 32),
        from.port,
        from.address,
      );
      socket.send(Buffer.from('nonsense').subarray(0, 7), from.port, from.address);
      return soundAnswer(datagram);
    });
    const { peers } = await announceOverUdp(COMPONENTS, url, REQUEST);
    expect(peers).toEqual([{ host: '10.0.0.1', port: 6881 }]);
  });

  it.each<[string, Handler, string]>([
    ['a refusal', (datagram) => answerTo(datagram, 3, '6e6f'), 'SHOAL_TRACKER_FAILURE'],
    ['an answer of another kind', (datagram) => answerTo(datagram, 2, ''), 'SHOAL_TRACKER_RESPONSE_INVALID'],
    [
      'half a peer',
      (datagram) => (actionOf(datagram) === 0 ? soundAnswer(datagram) : soundAnswer(datagram, '0a00')),
      'SHOAL_TRACKER_RESPONSE_INVALID',
    ],
  ])('reports %s with a typed error', async (_, handler, code) => {
    const url = await startTracker(handler);
    await expect(announceOverUdp(COMPONENTS, url, REQUEST)).rejects.toMatchObject({ code });
  });

  it('gives up on a tracker that does not answer', async () => {
    const url = await startTracker(() => undefined);
    const announced = announceOverUdp(COMPONENTS, url, REQUEST, { deadlineMs: 50 });
    await expect(announced).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_DEADLINE' });
  });

  it('ends when it is told to', async () => {
    const abort = new AbortController();
    const url = await startTracker(() => {
      abort.abort();
      return undefined;
    });
    const announced = announceOverUdp(COMPONENTS, url, REQUEST, { signal: abort.signal });
    await expect(announced).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('reports a port where nobody listens', async () => {
    const announced = announceOverUdp(COMPONENTS, 'udp://127.0.0.1:1/announce', REQUEST);
    await expect(announced).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_UNREACHABLE' });
  });

  it.each(['udp://127.0.0.1/announce', 'udp://:1/', 'udp://127.0.0.1:0', 'http://127.0.0.1:1/', 'udp:'])(
    'refuses the URL %s',
    async (url) => {
      const announced = announceOverUdp(COMPONENTS, url, REQUEST);
      await expect(announced).rejects.toMatchObject({ code: 'SHOAL_ANNOUNCE_URL' });
    },
  );
});
