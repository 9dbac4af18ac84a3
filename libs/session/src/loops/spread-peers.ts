import type { PeerAddress } from '../api/peer.ts';

/** FNV-1a, 32 bits: offset basis and prime. */
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** Divides addresses among `loops` event loops, each always to the same one, so that none is dialled by two. */
export function spreadPeers(peers: readonly PeerAddress[], loops: number): PeerAddress[][] {
  const shares: PeerAddress[][] = Array.from({ length: loops }, () => []);
  for (const peer of peers) shares[hashOf(`${peer.host}:${peer.port}`) % loops]?.push(peer);
  return shares;
}

function hashOf(text: string): number {
  let hash = FNV_OFFSET;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), FNV_PRIME);
  return hash >>> 0;
}
