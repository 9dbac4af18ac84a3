import {
  decodeLsdAnnounce,
  encodeLsdAnnounce,
  LSD_GROUPS,
  type LsdAnnounce,
  wireInfoHash,
} from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import type { PeerAddress, PeerOrigin } from '../api/peer.ts';
import type { JoinedSwarm } from '../torrent/joined-swarm.ts';
import { LSD_BURST, LSD_COOKIE_BYTES, LSD_INTERVAL, LSD_MIN_INTERVAL, LSD_PER_SECOND } from './constants.ts';
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
    for (; clock.time <= LSD_INTERVAL + LSD_MIN_INTERVAL; clock.time += 1_000) discovery.tick();
    const announces = [1, 2].map((byte) => ({ infoHashes: [hash(byte)], port: 6_881, cookie: 'ours' }));
    expect(sent).toEqual([...announces, ...announces]);
  });

  it('is one info-hash in a datagram, and one of these every five seconds, whatever there is', () => {
    const many = Array.from({ length: 100 }, (_, byte) => new KnownSwarm([byte]));
    const { discovery, clock, sent } = open(...many);
    const times: number[] = [];
    // Longer than the five minutes after which the first ones are due again.
    for (; clock.time < 100 * LSD_MIN_INTERVAL; clock.time += 1_000) {
      const before = sent.length;
      discovery.tick();
      if (sent.length > before) times.push(clock.time);
    }
    expect(times).toEqual(Array.from({ length: 100 }, (_, turn) => turn * LSD_MIN_INTERVAL));
    expect(sent.map(({ infoHashes }) => infoHashes.map(([byte]) => byte))).toEqual(
      many.map((_, byte) => [byte]),
    );
  });

  it('fits what Transmission and aria2 read of a datagram', () => {
    const longest = { infoHashes: [hash(255)], port: 65_535, cookie: 'f'.repeat(2 * LSD_COOKIE_BYTES) };
    expect(encodeLsdAnnounce(longest, LSD_GROUPS.ipv4).length).toBeLessThanOrEqual(200);
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
