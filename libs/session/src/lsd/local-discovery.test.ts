import {
  decodeLsdAnnounce,
  encodeLsdAnnounce,
  LSD_GROUPS,
  type LsdAnnounce,
  wireInfoHash,
} from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import type { PeerAddress, PeerOrigin } from '../api.ts';
import type { JoinedSwarm } from '../torrent/joined-swarm.ts';
import { LSD_BURST, LSD_INTERVAL, LSD_MIN_INTERVAL, LSD_PER_SECOND } from './constants.ts';
import { LocalDiscovery } from './local-discovery.ts';

const hash = (byte: number) => wireInfoHash(new Uint8Array(20).fill(byte));

/** A swarm that keeps the peers it is given. */
class KnownSwarm {
  readonly wireHashes;
  readonly mayFindPeers: boolean;
  readonly found: (readonly [readonly PeerAddress[], PeerOrigin | undefined])[] = [];

  constructor(bytes: readonly number[], mayFindPeers = true) {
    this.wireHashes = bytes.map(hash);
    this.mayFindPeers = mayFindPeers;
  }

  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void {
    this.found.push([peers, origin]);
  }
}

function open(...swarms: KnownSwarm[]) {
  const clock = { time: 0, now: () => clock.time };
  const sent: LsdAnnounce[] = [];
  const joined = swarms as unknown as JoinedSwarm[];
  const discovery = new LocalDiscovery(
    {
      clock,
      link: { send: (encode) => sent.push(decodeLsdAnnounce(encode(LSD_GROUPS.ipv4))) },
      swarms: () => joined,
      find: ([byte]) => joined.find(({ wireHashes }) => wireHashes.some(([first]) => first === byte)),
    },
    { port: 6_881, cookie: 'ours' },
  );
  const hear = (announce: Partial<LsdAnnounce>, host = '192.0.2.1'): void =>
    discovery.onDatagram(
      encodeLsdAnnounce({ infoHashes: [hash(1)], port: 9, ...announce }, LSD_GROUPS.ipv4),
      host,
    );
  return { discovery, clock, sent, hear };
}

describe('what is announced', () => {
  it('are the swarms that may find peers so, each every five minutes', () => {
    const { discovery, clock, sent } = open(new KnownSwarm([1, 2]), new KnownSwarm([3], false));
    for (; clock.time <= LSD_INTERVAL; clock.time += 1_000) discovery.tick();
    expect(sent).toEqual([
      { infoHashes: [hash(1), hash(2)], port: 6_881, cookie: 'ours' },
      { infoHashes: [hash(1), hash(2)], port: 6_881, cookie: 'ours' },
    ]);
  });

  it('is one datagram a minute at most, whatever there is', () => {
    const many = Array.from({ length: 50 }, (_, byte) => new KnownSwarm([byte]));
    const { discovery, clock, sent } = open(...many);
    const times: number[] = [];
    for (; clock.time < LSD_INTERVAL; clock.time += 1_000) {
      const before = sent.length;
      discovery.tick();
      if (sent.length > before) times.push(clock.time);
    }
    expect(times).toEqual([0, LSD_MIN_INTERVAL, 2 * LSD_MIN_INTERVAL]);
    expect(new Set(sent.flatMap(({ infoHashes }) => infoHashes.map(([byte]) => byte))).size).toBe(50);
  });
});

describe('what is heard', () => {
  it('gives a swarm a peer, once for all its info-hashes', () => {
    const swarm = new KnownSwarm([1, 2]);
    const { hear } = open(swarm);
    hear({ infoHashes: [hash(1), hash(2), hash(9)] });
    expect(swarm.found).toEqual([[[{ host: '192.0.2.1', port: 9 }], 'lsd']]);
  });

  it('gives nothing to private swarms', () => {
    const swarm = new KnownSwarm([1], false);
    open(swarm).hear({});
    expect(swarm.found).toEqual([]);
  });

  it('is ignored when it is our own, or no announce', () => {
    const swarm = new KnownSwarm([1]);
    const { hear, discovery } = open(swarm);
    hear({ cookie: 'ours' });
    discovery.onDatagram(Buffer.from('BT-SEARCH * HTTP/1.1\r\n'), '192.0.2.1');
    discovery.onDatagram(new Uint8Array(60_000), '192.0.2.1');
    expect(swarm.found).toEqual([]);
    hear({ cookie: 'theirs' });
    expect(swarm.found).toHaveLength(1);
  });

  it('is read so fast and no faster', () => {
    const swarm = new KnownSwarm([1]);
    const { hear, clock } = open(swarm);
    for (let announce = 0; announce < 10 * LSD_BURST; announce += 1) hear({});
    expect(swarm.found).toHaveLength(LSD_BURST);
    clock.time += 1_000;
    for (let announce = 0; announce < 10 * LSD_BURST; announce += 1) hear({});
    expect(swarm.found).toHaveLength(LSD_BURST + LSD_PER_SECOND);
  });
});
