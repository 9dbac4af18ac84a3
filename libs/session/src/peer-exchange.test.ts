import { encodePexMessage, type PexPeer, wireInfoHash } from '@shoal/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { MAX_EARLY_PEX } from './constants.ts';
import type { PeerAddress } from './api/peer.ts';
import { type MetadataFetch } from './metadata/metadata-fetch.ts';
import { TestPeer } from './test-peer.ts';
import { type TestMember, TestSwarm } from './test-swarm.ts';
import { hashesOf } from './torrent/wire-hashes.ts';

const SIZE = 300_000;
const PATIENCE = { timeout: 15_000 };

let swarm: TestSwarm | undefined;
let peers: TestPeer[] = [];
afterEach(async () => {
  for (const peer of peers) peer.close();
  peers = [];
  await swarm?.dispose();
});

function connect(
  { session: { address } }: Pick<TestMember, 'session'>,
  listenPort: number,
  name: string,
): TestPeer {
  const { infoHashV1, infoHashV2 } = swarm!.metainfo;
  const infoHash = wireInfoHash((infoHashV1 ?? infoHashV2!).subarray(0, 20));
  const peer = new TestPeer(address, infoHash, listenPort, name);
  peers.push(peer);
  return peer;
}

const pexPeer = ({ host, port }: PeerAddress, facts: Partial<PexPeer> = {}): PexPeer => ({
  host,
  port,
  prefersEncryption: false,
  isSeed: false,
  isReachable: false,
  ...facts,
});
const portsOf = (addresses: readonly PeerAddress[]) => addresses.map(({ port }) => port);

describe('peers of a public torrent', () => {
  it('are told of each other by one that they both know', async () => {
    swarm = await TestSwarm.create(SIZE);
    const seeder = await swarm.start({ complete: true });
    // The only one that both know has nothing itself.
    const hub = await swarm.start();
    const leecher = await swarm.start();
    leecher.torrent.addPeers([hub.session.address]);
    await expect.poll(() => hub.torrent.progress().peers, PATIENCE).toBe(1);
    const other = connect(hub, seeder.session.address.port, 'other');
    await leecher.torrent.whenComplete({ noProgressMs: 15_000 });
    // The other one is told of the leecher: it cannot be reached as far as the hub knows, but says where it listens.
    await expect
      .poll(() => other.exchanged.flatMap(({ added }) => portsOf(added)), PATIENCE)
      .toEqual([leecher.session.address.port]);
  });

  it('that tell of others without end are disconnected, and most of it is not looked at', async () => {
    swarm = await TestSwarm.create(SIZE);
    const dialled: number[] = [];
    const ignore = (): void => undefined;
    const debug = ({ peer }: { peer?: PeerAddress }, message: string): void => {
      if (message === 'no connection') dialled.push(peer?.port ?? 0);
    };
    const member = await swarm.start({ logger: { debug, info: ignore, warn: ignore } });
    const flooder = connect(member, 1, 'flooder');
    await expect.poll(() => flooder.introduction?.extensions.get('ut_pex'), PATIENCE).toBeDefined();
    const id = flooder.introduction?.extensions.get('ut_pex') ?? 0;
    for (let message = 0; message <= MAX_EARLY_PEX + 1; message += 1) {
      const added = Array.from({ length: 200 }, (_, at) =>
        pexPeer({ host: '127.0.0.2', port: 10_000 + message * 200 + at }),
      );
      flooder.sayExtended(id, encodePexMessage({ added, dropped: [] }));
    }
    await flooder.closed;
    // Of the first message alone, and few at a time.
    await expect.poll(() => dialled.length, PATIENCE).toBeGreaterThan(0);
    expect(Math.max(...dialled)).toBeLessThan(10_200);
  });
});

describe('peers of a private torrent', () => {
  it('are told nothing, asked nothing, and not believed', async () => {
    swarm = await TestSwarm.create(SIZE, { private: true });
    const seeder = await swarm.start({ complete: true });
    const member = await swarm.start({ complete: true });
    const first = connect(member, 4_001, 'first');
    const second = connect(member, 4_002, 'second');
    for (const peer of [first, second]) {
      await expect.poll(() => peer.introduction, PATIENCE).toBeDefined();
      const known = peer.introduction?.extensions ?? new Map<string, number>();
      expect(known.has('ut_pex')).toBe(false);
      // Whatever id it might have.
      for (const id of [1, 2, 3, 4]) {
        if ([...known.values()].includes(id)) continue;
        peer.sayExtended(id, encodePexMessage({ added: [pexPeer(seeder.session.address)], dropped: [] }));
      }
    }
    // A request that is answered later than any exchange would be.
    const last = await swarm.start();
    last.torrent.addPeers([member.session.address]);
    await last.torrent.whenComplete({ noProgressMs: 15_000 });
    expect(seeder.torrent.progress().peers).toBe(0);
    expect([...first.exchanged, ...second.exchanged]).toEqual([]);
  });
});

describe('a fetch of metadata', () => {
  async function start(profile: { private: boolean }) {
    swarm = await TestSwarm.create(SIZE, { ...profile, format: 'hybrid', pieceLength: 16_384 });
    const seeder = await swarm.start({ complete: true });
    const other = await swarm.start({ complete: true });
    const { session } = await swarm.start();
    await [...session.torrents()][0]?.remove();
    const fetch: MetadataFetch = session.fetchMetadata({ hashes: hashesOf(swarm.metainfo), trackers: [] });
    const teller = connect({ session }, 4_003, 'teller');
    await expect.poll(() => teller.introduction?.extensions.get('ut_pex'), PATIENCE).toBeDefined();
    const id = teller.introduction?.extensions.get('ut_pex') ?? 0;
    teller.sayExtended(id, encodePexMessage({ added: [pexPeer(seeder.session.address)], dropped: [] }));
    return { fetch, seeder, other, teller };
  }

  it('finds peers by others, and tells of them as such', async () => {
    const { fetch, seeder, teller } = await start({ private: false });
    const { peers: named, foundPeers } = await fetch.whenFetched({ noProgressMs: 15_000 });
    expect(named).toEqual([]);
    expect(portsOf(foundPeers)).toContain(seeder.session.address.port);
    expect(teller.exchanged).toEqual([]);
  });

  it('of a private torrent takes leave of those as soon as it knows', async () => {
    const { fetch, seeder, other, teller } = await start({ private: true });
    await expect.poll(() => fetch.progress().phase, PATIENCE).toBe('piece-layers');
    await expect.poll(() => seeder.torrent.progress().peers, PATIENCE).toBe(0);
    // It answers nothing, and would be asked first.
    teller.close();
    fetch.addPeers([other.session.address]);
    const { metainfo, peers: named, foundPeers } = await fetch.whenFetched({ noProgressMs: 15_000 });
    expect(metainfo.private).toBe(true);
    expect(portsOf(named)).toEqual([other.session.address.port]);
    expect(foundPeers).toEqual([]);
  });
});
