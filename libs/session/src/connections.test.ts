import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { encodeHandshake, HANDSHAKE_LENGTH, wireInfoHash } from '@shoal/protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { PeerAddress } from './api/peer.ts';
import type { SessionLogger } from './api/session-logger.ts';
import type { ContentStore } from './ports/content-store.ts';
import type { PeerTransport } from './ports/peer-transport.ts';
import { StoreError } from './ports/store-error.ts';
import { createTcpTransport } from './tcp/tcp-transport.ts';
import { type TestMember, TestSwarm } from './test-swarm.ts';

let swarm: TestSwarm;

beforeAll(async () => {
  swarm = await TestSwarm.create(3_000_000);
});
afterEach(() => swarm.closeSessions());
afterAll(() => swarm.dispose());

/** TCP whose dials wait until they are let go. */
function gatedTransport() {
  const tcp = createTcpTransport();
  const { promise: opened, resolve: open } = Promise.withResolvers<undefined>();
  const transport: PeerTransport = {
    listen: (address, onStream) => tcp.listen(address, onStream),
    dial: async (address, signal) => {
      await opened;
      return tcp.dial(address, signal);
    },
  };
  return { transport, open: () => open(undefined) };
}

/** Two members that dial each other, the one with the larger peer id first, each as soon as it is let go. */
async function dialEachOther() {
  const started = [gatedTransport(), gatedTransport()].map(async ({ transport, open }) => ({
    ...(await swarm.start({ transport })),
    open,
  }));
  const members = await Promise.all(started);
  members.sort((a, b) => Buffer.compare(b.session.peerId, a.session.peerId));
  const [larger, smaller] = members;
  if (larger === undefined || smaller === undefined) throw new Error('two members were started');
  larger.torrent.addPeers([smaller.session.address]);
  smaller.torrent.addPeers([larger.session.address]);
  return { larger, smaller };
}

const incoming = ({ torrent }: TestMember): boolean[] => torrent.peers().map((peer) => peer.incoming);

describe('two peers that dial each other', () => {
  it.each(['larger', 'smaller', 'both'] as const)(
    'keep the connection that the larger id dialled, when the dial of %s comes first',
    async (first) => {
      const { larger, smaller } = await dialEachOther();
      if (first !== 'smaller') larger.open();
      if (first !== 'larger') smaller.open();
      await expect.poll(() => incoming(larger)).toHaveLength(1);
      await expect.poll(() => incoming(smaller)).toHaveLength(1);
      larger.open();
      smaller.open();
      await expect.poll(() => [incoming(larger), incoming(smaller)]).toEqual([[false], [true]]);
    },
  );

  it('go on exchanging pieces whatever becomes of the second connection', async () => {
    const seeder = await swarm.start({ complete: true });
    const { larger, smaller } = await dialEachOther();
    smaller.open();
    await expect.poll(() => incoming(larger)).toEqual([true]);
    larger.open();
    smaller.torrent.addPeers([seeder.session.address]);
    await Promise.all([larger, smaller].map(({ torrent }) => torrent.whenComplete({ noProgressMs: 10_000 })));
    expect(larger.torrent.progress().downloaded.fromSeeders).toBe(0);
  });
});

describe('a session that listens on ::', () => {
  it('is reached over IPv4 and IPv6, and calls peers by their plain addresses', async () => {
    const hosts: string[] = [];
    const seeder = await swarm.start({ complete: true, host: '::', logger: recordingPeers(hosts) });
    const { port } = seeder.session.address;
    for (const host of ['127.0.0.1', '::1']) {
      const leecher = await swarm.start({ host });
      leecher.torrent.addPeers([{ host, port }]);
      await leecher.torrent.whenComplete({ noProgressMs: 10_000 });
      await expect.poll(() => hosts).toContain(host);
    }
    expect(hosts).toHaveLength(2);
  });
});

/** Notes the address of each peer that is gone. */
function recordingPeers(hosts: string[]): SessionLogger {
  const ignore = (): void => undefined;
  const debug = (fields: { peer?: PeerAddress }, message: string): void => {
    if (message === 'peer disconnected' && fields.peer !== undefined) hosts.push(fields.peer.host);
  };
  return { debug, info: ignore, warn: ignore };
}

describe('a restarted torrent', () => {
  it('finds the peers it had again, without a tracker', async () => {
    const seeder = await swarm.start({ complete: true });
    const resumePath = join(swarm.scratch, 'restarted.resume');
    const first = await swarm.start({ resumePath, wrapStore: (store) => failingAfter(5, store) });
    first.torrent.addPeers([seeder.session.address]);
    await expect(first.torrent.whenComplete({ noProgressMs: 10_000 })).rejects.toThrow('disk is full');
    await first.session.close();
    const again = await swarm.start({ root: first.root, resumePath });
    await again.torrent.whenComplete({ noProgressMs: 10_000 });
    const { fromSeeders } = again.torrent.progress().downloaded;
    expect(fromSeeders).toBeGreaterThan(0);
    expect(fromSeeders).toBeLessThan(swarm.metainfo.totalSize);
  });
});

/** A store whose disk is full after so many pieces. */
function failingAfter(pieces: number, store: ContentStore): ContentStore {
  let written = 0;
  return {
    arrange: (arrangement) => store.arrange(arrangement),
    lend: (piece, begin, length) => store.lend(piece, begin, length),
    verifyAndWrite: (piece, buffer) => {
      if (++written <= pieces) return store.verifyAndWrite(piece, buffer);
      return Promise.reject(new StoreError('SHOAL_STORE_FULL', 'the disk is full', { remedy: 'Make room.' }));
    },
    digestBlocks: (piece, buffer) => store.digestBlocks(piece, buffer),
    verifyExisting: (piece) => store.verifyExisting(piece),
    sync: () => store.sync(),
    relocate: (to) => store.relocate(to),
    close: () => store.close(),
  };
}

describe('a torrent that has all the peers it may have', () => {
  it('lets those of the highest priority in, and tells the others who it is before it hangs up', async () => {
    const member = await swarm.start({ maxPeersPerTorrent: 3 });
    const sockets = Array.from({ length: 12 }, (_, index) => knock(member, index));
    const answers = await Promise.all(sockets.map(({ answered }) => answered));
    expect(answers).toEqual(answers.map(() => HANDSHAKE_LENGTH));
    await expect.poll(() => member.torrent.progress().peers).toBe(3);
    for (const { socket } of sockets) socket.destroy();
  });

  it('dials half as many', async () => {
    const member = await swarm.start({ maxPeersPerTorrent: 4 });
    const others = await Promise.all(Array.from({ length: 5 }, () => swarm.start()));
    member.torrent.addPeers(others.map(({ session }) => session.address));
    await expect.poll(() => member.torrent.progress().peers).toBe(2);
    const reached = others.filter(({ torrent }) => torrent.progress().peers > 0);
    expect(reached).toHaveLength(2);
  });
});

/** Shakes hands as a peer of its own; `answered` tells how many bytes of an answer came at least. */
function knock({ session }: TestMember, id: number): { socket: Socket; answered: Promise<number> } {
  const socket = connect(session.address.port, session.address.host);
  const infoHash = wireInfoHash((swarm.metainfo.infoHashV2 ?? new Uint8Array(20)).subarray(0, 20));
  const peerId = new Uint8Array(20).fill(id + 1);
  // The bytes after the handshake are there, unread, when it is turned away.
  const hello = encodeHandshake({ infoHash, peerId, extensions: false, fast: true, v2: true });
  socket.write(Buffer.concat([hello, Buffer.alloc(4 * 1_000)]));
  const { promise: answered, resolve, reject } = Promise.withResolvers<number>();
  let received = 0;
  socket.on('data', (chunk) => {
    received += chunk.length;
    if (received >= HANDSHAKE_LENGTH) resolve(HANDSHAKE_LENGTH);
  });
  socket.once('error', reject);
  socket.once('close', () => resolve(received));
  return { socket, answered };
}
