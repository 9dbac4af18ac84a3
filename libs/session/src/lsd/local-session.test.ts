import { createSocket } from 'node:dgram';
import { decodeLsdAnnounce, LSD_GROUPS, LSD_PORT } from '@shoal/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { sumOf } from '../accounts/accounts.ts';
import { createSession } from '../session.ts';
import { TestSwarm } from '../test-swarm.ts';
import { LocalDiscoveryError } from './multicast-link.ts';

const SIZE = 200_000;
const PATIENCE = { timeout: 15_000 };

let undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.reverse()) await step();
  undo = [];
});

async function createSwarm(isPrivate: boolean): Promise<TestSwarm> {
  const swarm = await TestSwarm.create(SIZE, { private: isPrivate });
  undo.push(() => swarm.dispose());
  return swarm;
}

/** Listens to what is announced on loopback: by the port of the announcer. */
async function listen(): Promise<number[]> {
  const ports: number[] = [];
  const socket = createSocket({ type: 'udp4', reuseAddr: true });
  undo.push(() => new Promise<void>((resolve) => socket.close(() => resolve())));
  socket.on('message', (bytes) => ports.push(decodeLsdAnnounce(bytes).port));
  await new Promise<void>((resolve) => socket.bind(LSD_PORT, LSD_GROUPS.ipv4, resolve));
  socket.addMembership(LSD_GROUPS.ipv4, '127.0.0.1');
  return ports;
}

describe('sessions in one network', () => {
  it('find each other, by nothing but their announces', async () => {
    const swarm = await createSwarm(false);
    const seeder = await swarm.start({ complete: true });
    // Slow, so that it is still there when the other one comes.
    const first = await swarm.start({ localDiscovery: true, limits: { download: 64 * 1_024 } });
    first.torrent.addPeers([seeder.session.address]);
    const second = await swarm.start({ localDiscovery: true });
    await second.torrent.whenComplete({ noProgressMs: 15_000 });
    expect(sumOf(second.torrent.progress().accounts.downloaded)).toBeGreaterThanOrEqual(SIZE);
  });
});

describe('a session', () => {
  it('announces no private torrent, and takes no peers for one', async () => {
    const swarm = await createSwarm(true);
    const other = await createSwarm(false);
    const announced = await listen();
    const silent = await swarm.start({ localDiscovery: true });
    const loud = await other.start({ localDiscovery: true });
    await expect.poll(() => announced, PATIENCE).toContain(loud.session.address.port);
    expect(announced).not.toContain(silent.session.address.port);
  });

  it('announces an idle seed that is known not to be private, and no other, without loading it', async () => {
    const swarm = await createSwarm(false);
    const announced = await listen();
    const options = { localDiscovery: true, complete: true };
    const unknown = await swarm.start(options);
    const closed = await swarm.start({ ...options, private: true });
    const open = await swarm.start({ ...options, private: false });
    await expect.poll(() => announced, PATIENCE).toContain(open.session.address.port);
    expect(announced).not.toContain(unknown.session.address.port);
    expect(announced).not.toContain(closed.session.address.port);
    expect(open.torrent.progress()).toMatchObject({ state: 'idle', piecesTotal: 0 });
  });

  it('does without, unless it is asked for', async () => {
    const swarm = await createSwarm(false);
    const announced = await listen();
    const silent = await swarm.start();
    const loud = await swarm.start({ localDiscovery: true });
    await expect.poll(() => announced, PATIENCE).toContain(loud.session.address.port);
    expect(announced).not.toContain(silent.session.address.port);
  });

  it('does not start where there is no interface to announce on', async () => {
    const init = {
      host: '127.0.0.2',
      port: 0,
      peerClass: 'agent',
      clientVersion: '0',
      localDiscovery: true,
    } as const;
    await expect(createSession({}, init)).rejects.toThrow(LocalDiscoveryError);
  });
});
