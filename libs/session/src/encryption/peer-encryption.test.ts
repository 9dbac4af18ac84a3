import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { initiateMse, isHandshakePrefix, MSE_KEY_LENGTH, MSE_MAX_PAD, wireInfoHashes } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PeerAddress } from '../api/peer.ts';
import type { PeerTransport } from '../ports/peer-transport.ts';
import { createTcpTransport } from '../tcp/tcp-transport.ts';
import { TestSwarm } from '../test-swarm.ts';
import { MAX_ENCRYPTED_HANDSHAKES } from './constants.ts';
import { EncryptedStream } from './encrypted-stream.ts';
import { createKeyExchange } from './key-exchange.ts';
import { runExchange } from './run-exchange.ts';

const NO_PROGRESS = { noProgressMs: 10_000 };
const SOON = { timeout: 8_000 };

let swarm: TestSwarm;
const undo: (() => void)[] = [];

beforeAll(async () => {
  swarm = await TestSwarm.create(3_000_000);
});
afterEach(async () => {
  for (const step of undo.splice(0)) step();
  await swarm.closeSessions();
});
afterAll(() => swarm.dispose());

function infoHash() {
  const [first] = wireInfoHashes(swarm.metainfo);
  if (first === undefined) throw new Error('the torrent has an info-hash');
  return first;
}

/** TCP of a peer that demands RC4 of whom it dials: its session knows nothing of it. */
function rc4Transport(): PeerTransport {
  const tcp = createTcpTransport();
  const createKeys = createKeyExchange();
  return {
    listen: (address, onStream) => tcp.listen(address, onStream),
    async dial(address, signal) {
      const stream = await tcp.dial(address, signal);
      const exchange = initiateMse({
        createKeys,
        pad: new Uint8Array(MSE_MAX_PAD),
        send: (bytes) => stream.write(bytes, () => undefined),
        infoHash: infoHash(),
        methods: ['rc4'],
        payload: new Uint8Array(),
      });
      const { result } = await runExchange(stream, exchange, new Uint8Array());
      if (result.ciphers === undefined) throw new Error('the peer has chosen what was not offered');
      return new EncryptedStream(stream, result.ciphers);
    },
  };
}

/** A door to a session that is shut to whoever begins in plain text. */
async function demandEncryption({ host, port }: PeerAddress) {
  const begun: ('plain' | 'encrypted')[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined));
    socket.once('data', (chunk) => {
      const isPlain = isHandshakePrefix(chunk);
      begun.push(isPlain ? 'plain' : 'encrypted');
      if (isPlain) {
        socket.destroy();
        return;
      }
      const inner = connect(port, host).on('error', () => undefined);
      inner.write(chunk);
      inner.pipe(socket).pipe(inner);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const hangUp = (): void => sockets.forEach((socket) => socket.destroy());
  undo.push(() => {
    hangUp();
    server.close();
  });
  return { address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port }, begun, hangUp };
}

describe('a peer that demands RC4', () => {
  it('is served, and serves', async () => {
    const seeder = await swarm.start({ complete: true });
    const demanding = await swarm.start({ transport: rc4Transport() });
    demanding.torrent.addPeers([seeder.session.address]);
    await demanding.torrent.whenComplete(NO_PROGRESS);
    const leecher = await swarm.start();
    const demandingSeeder = await swarm.start({ complete: true, transport: rc4Transport() });
    demandingSeeder.torrent.addPeers([leecher.session.address]);
    await leecher.torrent.whenComplete(NO_PROGRESS);
  });

  it('is shown as such', async () => {
    const member = await swarm.start();
    const demanding = await swarm.start({ transport: rc4Transport() });
    demanding.torrent.addPeers([member.session.address]);
    await expect.poll(() => member.torrent.peers()).toHaveLength(1);
    expect(member.torrent.peers()[0]).toMatchObject({ encrypted: true });
    const once = { accepted: 1, refused: 0, made: 0, failed: 0 };
    expect(member.session.encryptedHandshakes()).toEqual(once);
    const plain = await swarm.start();
    plain.torrent.addPeers([member.session.address]);
    await expect.poll(() => plain.torrent.peers()).toHaveLength(1);
    expect(plain.torrent.peers()[0]).toMatchObject({ encrypted: false });
    expect(member.session.encryptedHandshakes()).toEqual(once);
  });

  it('is turned away where encryption is off', async () => {
    const seeder = await swarm.start({ complete: true, encryption: 'off' });
    const signal = AbortSignal.timeout(5_000);
    await expect(rc4Transport().dial(seeder.session.address, signal)).rejects.toThrow(
      'closed the connection',
    );
  });
});

describe('a peer that hangs up on plain text', () => {
  it('is dialled encrypted next, and again so later; what follows is plain text', async () => {
    const member = await swarm.start();
    const door = await demandEncryption(member.session.address);
    const dialling = await swarm.start();
    dialling.torrent.addPeers([door.address]);
    await expect.poll(() => dialling.torrent.peers(), SOON).toHaveLength(1);
    expect(dialling.torrent.peers()[0]).toMatchObject({ encrypted: false, incoming: false });
    const { begun } = door;
    expect(begun.indexOf('encrypted')).toBe(begun.length - 1);
    const plain = begun.length - 1;
    expect(plain).toBeGreaterThan(0);
    door.hangUp();
    await expect.poll(() => begun.length, SOON).toBe(plain + 2);
    expect(begun.at(-1)).toBe('encrypted');
    await expect.poll(() => dialling.session.encryptedHandshakes(), SOON).toMatchObject({ made: 2 });
    await expect.poll(() => member.torrent.peers()).toHaveLength(1);
  });

  it('is dialled in plain text alone where encryption is off', async () => {
    const door = await demandEncryption({ host: '127.0.0.1', port: 1 });
    const dialling = await swarm.start({ encryption: 'off' });
    dialling.torrent.addPeers([door.address]);
    await expect.poll(() => door.begun.length, SOON).toBeGreaterThan(wireInfoHashes(swarm.metainfo).length);
    expect(new Set(door.begun)).toEqual(new Set(['plain']));
  });
});

describe('strangers that send what could be a key', () => {
  it('are answered so many at a time, and keep nobody else out', async () => {
    const seeder = await swarm.start({ complete: true });
    const { host, port } = seeder.session.address;
    const createKeys = createKeyExchange();
    const strangers = Array.from({ length: MAX_ENCRYPTED_HANDSHAKES + 16 }, () => {
      const socket = connect(port, host).on('error', () => undefined);
      undo.push(() => socket.destroy());
      socket.write(createKeys().publicKey);
      const { promise: isAnswered, resolve } = Promise.withResolvers<boolean>();
      socket.once('data', (bytes) => resolve(bytes.length >= MSE_KEY_LENGTH));
      socket.once('close', () => resolve(false));
      return isAnswered;
    });
    const answers = await Promise.all(strangers);
    expect(answers.filter(Boolean)).toHaveLength(MAX_ENCRYPTED_HANDSHAKES);
    const leecher = await swarm.start();
    leecher.torrent.addPeers([seeder.session.address]);
    await leecher.torrent.whenComplete(NO_PROGRESS);
  });

  it.each([
    ['zero', new Uint8Array(MSE_KEY_LENGTH)],
    ['beyond the prime', new Uint8Array(MSE_KEY_LENGTH).fill(0xff)],
    ['the first line of HTTP', Buffer.from(`GET / HTTP/1.1\r\nHost: ${'a'.repeat(700)}\r\n\r\n`)],
  ])('are turned away when it is %s', async (_, bytes) => {
    const { session } = await swarm.start();
    const socket = connect(session.address.port, session.address.host);
    undo.push(() => socket.destroy());
    socket.on('error', () => undefined).resume();
    socket.write(bytes);
    await once(socket, 'close');
    expect(session.encryptedHandshakes()).toEqual({ accepted: 0, refused: 1, made: 0, failed: 0 });
  });
});
