import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnnounceHello, TrackerServiceDefinition } from '@shoal/contracts';
import { createGrpcServer, createLogger, startTelemetry, systemClock } from '@shoal/service';
import type { EncryptionPolicy } from '@shoal/session';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSwarmHost } from './swarm-host.ts';
import type { DigestHex, SwarmKey, SwarmRecord } from './swarms/swarm-record.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'i' });
let meta: string;
let stack: AsyncDisposableStack;

beforeEach(async () => {
  meta = await mkdtemp(join(tmpdir(), 'shoal-host-'));
  stack = new AsyncDisposableStack();
});
afterEach(async () => {
  await stack.disposeAsync();
  await rm(meta, { recursive: true });
});

/** A tracker that only listens to who says hello. */
async function startTracker() {
  const { promise: greeted, resolve } = Promise.withResolvers<AnnounceHello | undefined>();
  const server = createGrpcServer({ logger, telemetry }, { listen: '127.0.0.1:0' });
  server.add(TrackerServiceDefinition, {
    async *announce(requests) {
      yield { welcome: {} };
      for await (const { hello } of requests) if (hello !== undefined) resolve(hello);
    },
  });
  const { endpoint } = await server.start();
  stack.defer(() => server.stop(0));
  return { endpoint, greeted };
}

interface HostOptions {
  readonly advertiseAddress?: string | undefined;
  readonly encryption?: EncryptionPolicy;
}

function startHost({ advertiseAddress, encryption = 'allow' }: HostOptions) {
  return startSwarmHost(
    { logger, telemetry, clock: systemClock, random: () => 0.5 },
    {
      role: 'agent',
      hostId: 'host-1',
      zone: 'z',
      rack: 'r',
      peerListen: '127.0.0.1:0',
      advertiseAddress,
      maxConnections: 10,
      maxPeersPerTorrent: 10,
      encryption,
      uploadLimit: undefined,
      downloadLimit: undefined,
      clientUploadLimit: undefined,
      clientDownloadLimit: undefined,
      catalog: '127.0.0.1:1',
      tls: undefined,
      insecure: false,
      meta,
      onReported: () => undefined,
    },
    stack,
  );
}

/** Starts a host that is in one swarm, and gives what it said to the tracker. */
async function helloOf(advertiseAddress: string | undefined) {
  const { endpoint, greeted } = await startTracker();
  const host = await startHost({ advertiseAddress });
  host.members.join(recordAt(endpoint), {
    store: host.store,
    tree: () => Promise.reject(new Error('nobody connects')),
    have: 'all',
  });
  return { hello: await greeted, listensOn: Number(host.peers.split(':')[1]) };
}

function recordAt(endpoint: string): SwarmRecord {
  const key = 'ab'.repeat(20);
  return {
    key: key as SwarmKey,
    namespace: 'default',
    name: 'web',
    version: '1',
    contentDigest: 'cd'.repeat(32) as DigestHex,
    infoHashV1: key,
    size: 1,
    grant: 'g.s',
    grantedAt: Date.now(),
    grantExpiresAt: Date.now() + 3_600_000,
    trackerEndpoints: [endpoint],
  };
}

describe('a swarm host', () => {
  it('tells trackers its place and the port it listens on; they see where it comes from', async () => {
    const { hello, listensOn } = await helloOf(undefined);
    expect(hello).toMatchObject({ zone: 'z', rack: 'r', port: listensOn });
    expect(hello?.address).toHaveLength(0);
  });

  it('tells trackers the address it is told to advertise, with its own port unless there is one', async () => {
    const { hello, listensOn } = await helloOf('192.0.2.1');
    expect(hello).toMatchObject({ port: listensOn });
    expect([...(hello?.address ?? [])]).toEqual([192, 0, 2, 1]);
    expect((await helloOf('192.0.2.1:7777')).hello).toMatchObject({ port: 7_777 });
  });

  it.each([
    ['allow', true],
    ['off', false],
  ] as const)('answers a peer that begins encrypted as it was told: %s', async (encryption, isAnswered) => {
    const host = await startHost({ encryption });
    const socket = connect(Number(host.peers.split(':')[1]), '127.0.0.1');
    stack.defer(() => void socket.destroy());
    const answered = new Promise<boolean>((resolve) => {
      socket.once('data', () => resolve(true)).once('close', () => resolve(false));
    });
    // What could be a key, and is no plain handshake.
    socket.write(new Uint8Array(96).fill(7));
    expect(await answered).toBe(isAnswered);
  });

  it('does not start with an address that nobody could connect to', async () => {
    await expect(helloOf('host.example:7431')).rejects.toMatchObject({
      code: 'SHOAL_FLEET_ADVERTISE_ADDRESS',
    });
  });
});
