import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemberRole } from '@shoal/contracts';
import { type AnnounceClient, createAnnounceClient, type MemberStatus } from '@shoal/fleet';
import {
  createLogger,
  createSignerFromFile,
  loadOptions,
  type Signer,
  startTelemetry,
  type Telemetry,
} from '@shoal/service';
import { createService, options, type Tracker } from '@shoal/tracker';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

const HOUR = 3_600_000;
const SWARM = new Uint8Array(20).fill(1);
const logger = createLogger({ service: 'test', level: 'silent' });

let directory: string;
let signer: Signer;
let telemetry: Telemetry;
let trackers: Tracker[];
let clients: AnnounceClient[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'shoal-announce-'));
  signer = createSignerFromFile(join(directory, 'key.pem'));
  telemetry = startTelemetry({ service: 'test', version: '0', instance: 'test' });
  trackers = [];
  clients = [];
});

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  await Promise.all(trackers.map((tracker) => tracker.stop()));
  await telemetry.shutdown();
  rmSync(directory, { recursive: true });
});

async function startTracker(listen = '127.0.0.1:0'): Promise<Tracker> {
  const flags = { listen, httpListen: '127.0.0.1:0', catalogPublicKey: join(directory, 'key.pem.pub') };
  const tracker = createService(
    { logger, telemetry: startTelemetry({ service: 'tracker', version: '0', instance: listen }) },
    loadOptions(options, { flags, envPrefix: 'SHOAL_TRACKER_' }),
  );
  await tracker.start();
  trackers.push(tracker);
  return tracker;
}

function grantFor(hostId: string, expiresIn = HOUR, infoHash = SWARM): string {
  const expiresAt = new Date(Date.now() + expiresIn);
  return signer.signGrant({ namespace: 'default', infoHashes: [infoHash], hostId, expiresAt });
}

/** A host that is in swarms, and the ports of the peers it was told of. */
class Host {
  readonly client: AnnounceClient;
  readonly ports = new Set<number>();
  status: MemberStatus = { left: 1, uploaded: 0, downloaded: 0, numwant: 20 };
  readonly #hostId: string;

  constructor(hostId: string, port: number) {
    this.#hostId = hostId;
    this.client = createAnnounceClient(
      { logger, telemetry, random: () => 0.5 },
      {
        hello: () => ({
          hostId,
          role: MemberRole.MEMBER_ROLE_AGENT,
          peerId: new Uint8Array(20).fill(port),
          port,
        }),
      },
    );
    clients.push(this.client);
  }

  join(trackerEndpoints: readonly string[], { grant = grantFor(this.#hostId), infoHash = SWARM } = {}) {
    return this.client.join({
      infoHash,
      grant,
      trackerEndpoints,
      status: () => this.status,
      onPeers: (peers) => peers.forEach(({ port }) => this.ports.add(port)),
      onReported: () => undefined,
    });
  }
}

async function scrape(tracker: Tracker): Promise<string> {
  const hash = '%01'.repeat(20);
  const response = await fetch(`http://${tracker.addresses!.http}/${grantFor('*')}/scrape?info_hash=${hash}`);
  return (await response.text()).replace(/^.*d8:complete/s, 'complete');
}

describe('the announce client', () => {
  it('finds peers, tells of its progress and leaves', async () => {
    const tracker = await startTracker();
    const [a, b] = [new Host('a', 1001), new Host('b', 1002)];
    a.join([tracker.addresses!.grpc]);
    await vi.waitFor(async () => expect(await scrape(tracker)).toContain('incompletei1e'));
    const announcement = b.join([tracker.addresses!.grpc]);
    await vi.waitFor(() => expect([...b.ports]).toEqual([1001]));
    expect(b.client.connected).toBe(true);
    announcement.update({ left: 0, uploaded: 1, downloaded: 2, numwant: 0 });
    await vi.waitFor(async () => expect(await scrape(tracker)).toContain('completei1e'));
    announcement.leave();
    await vi.waitFor(async () => expect(await scrape(tracker)).toContain('completei0e'));
  });

  it('comes back to a tracker that was restarted, with all its swarms', async () => {
    const first = await startTracker();
    const endpoint = first.addresses!.grpc;
    const host = new Host('a', 1001);
    host.join([endpoint]);
    await vi.waitFor(() => expect(host.client.connected).toBe(true));
    await first.stop();
    await vi.waitFor(() => expect(host.client.connected).toBe(false));
    const second = await startTracker(endpoint);
    await vi.waitFor(async () => expect(await scrape(second)).toContain('incompletei1e'), {
      timeout: 10_000,
    });
    expect(host.client.connected).toBe(true);
  });

  it('meets others at the same shard, moves to the next when it is gone, and returns', async () => {
    const shards = [await startTracker(), await startTracker()];
    const endpoints = shards.map(({ addresses }) => addresses!.grpc);
    const [a, b] = [new Host('a', 1001), new Host('b', 1002)];
    a.join(endpoints);
    await vi.waitFor(() => expect(a.client.connected).toBe(true));
    b.join(endpoints.toReversed());
    await vi.waitFor(() => expect([...b.ports]).toEqual([1001]));

    const home = (await scrape(shards[0]!)).includes('incompletei2e') ? shards[0]! : shards[1]!;
    const other = home === shards[0] ? shards[1]! : shards[0]!;
    const homeEndpoint = home.addresses!.grpc;
    await home.stop();
    await vi.waitFor(async () => expect(await scrape(other)).toContain('incompletei2e'), { timeout: 10_000 });
    expect(await telemetry.metricsText()).toMatch(/shoal_announce_fallbacks_total\{.*\} 2/);

    const back = await startTracker(homeEndpoint);
    await vi.waitFor(async () => expect(await scrape(back)).toContain('incompletei2e'), { timeout: 15_000 });
    expect(await scrape(other)).toContain('incompletei0e');
  });

  it('joins with a fresh grant what was refused with the old one', async () => {
    const tracker = await startTracker();
    const host = new Host('a', 1001);
    const announcement = host.join([tracker.addresses!.grpc], { grant: grantFor('a', -1) });
    await vi.waitFor(async () =>
      expect(await telemetry.metricsText()).toMatch(
        /announce_refusals_total\{code="SHOAL_TRACKER_GRANT_EXPIRED"/,
      ),
    );
    announcement.renew(grantFor('a'));
    await vi.waitFor(async () => expect(await scrape(tracker)).toContain('incompletei1e'));
  });

  it('puts thousands of swarms on one stream', async () => {
    const tracker = await startTracker();
    const host = new Host('s', 1001);
    for (let n = 0; n < 3_000; n++) {
      const infoHash = Buffer.alloc(20);
      infoHash.writeUInt32BE(n);
      host.join([tracker.addresses!.grpc], { infoHash, grant: grantFor('s', HOUR, infoHash) });
    }
    await vi.waitFor(
      async () => {
        const metrics = await (await fetch(`http://${tracker.addresses!.http}/metrics`)).text();
        expect(metrics).toMatch(/shoal_tracker_swarms\{.*\} 3000/);
      },
      { timeout: 20_000 },
    );
  });
});
