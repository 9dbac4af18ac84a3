import { MemberRole } from '@shoal/contracts';
import { createPeer, type Peer, type PeerInit } from './swarms/peer.ts';

/** What a peer on `port` would say of itself; for tests. */
export function peerInit(port: number, fields: Partial<PeerInit> = {}): PeerInit {
  return {
    key: `peer ${port}`,
    address: Uint8Array.of(192, 0, 2, 1),
    host: '192.0.2.1',
    port,
    peerId: new Uint8Array(20),
    role: MemberRole.MEMBER_ROLE_AGENT,
    zone: 'a',
    rack: '',
    complete: false,
    wanted: 20,
    expiresAt: Number.MAX_SAFE_INTEGER,
    ...fields,
  };
}

/** A peer on `port`; for tests. */
export function testPeer(port: number, fields: Partial<PeerInit> = {}): Peer {
  return createPeer(peerInit(port, fields));
}

/** Repeatable numbers in [0, 1): the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
