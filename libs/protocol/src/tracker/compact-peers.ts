import { COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH } from './constants.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

const PORT_LENGTH = 2;

/** A peer as trackers hand it out. */
export interface TrackerPeer {
  /** An IPv4 or IPv6 address; only the dictionary form of BEP 3 may also carry a host name. */
  readonly host: string;
  /** `host` as 4 or 16 bytes, where they are at hand: packing need not parse the text then. */
  readonly address?: Uint8Array;
  readonly port: number;
  /** 20 bytes; only in the dictionary form of BEP 3. */
  readonly peerId?: Uint8Array;
}

/** Peers packed as BEP 23 (`peers`) and BEP 7 (`peers6`) say. Host names have no such form and are left out. */
export function encodeCompactPeers(peers: readonly TrackerPeer[]): { peers: Uint8Array; peers6: Uint8Array } {
  const ipv4 = new Uint8Array(peers.length * COMPACT_IPV4_LENGTH);
  const ipv6 = new Uint8Array(peers.length * COMPACT_IPV6_LENGTH);
  let [ipv4End, ipv6End] = [0, 0];
  for (const peer of peers) {
    const { port } = peer;
    const address = peer.address ?? parseIpAddress(peer.host);
    if (address === undefined) continue;
    if (address.length + PORT_LENGTH === COMPACT_IPV4_LENGTH) ipv4End = pack(ipv4, ipv4End, address, port);
    else ipv6End = pack(ipv6, ipv6End, address, port);
  }
  return { peers: ipv4.subarray(0, ipv4End), peers6: ipv6.subarray(0, ipv6End) };
}

/** Writes one peer at `at`; returns where it ends. */
function pack(target: Uint8Array, at: number, address: Uint8Array, port: number): number {
  const portAt = at + address.length;
  // Byte by byte: for so few `set` takes three times as long.
  for (let i = 0; i < address.length; i += 1) target[at + i] = address[i] ?? 0;
  target[portAt] = port >> 8;
  target[portAt + 1] = port & 0xff;
  return portAt + PORT_LENGTH;
}

/**
 * Reads packed peers of `size` bytes (address and port) each, at most `max`; those with port 0 cannot be reached and are left out.
 * Returns undefined when `bytes` hold no whole number of peers.
 */
export function decodeCompactPeers(bytes: Uint8Array, size: number, max: number): TrackerPeer[] | undefined {
  if (bytes.length % size !== 0) return undefined;
  const peers: TrackerPeer[] = [];
  for (let at = 0; at < bytes.length && peers.length < max; at += size) {
    const portAt = at + size - PORT_LENGTH;
    const port = ((bytes[portAt] ?? 0) << 8) | (bytes[portAt + 1] ?? 0);
    if (port !== 0) peers.push({ host: formatIpAddress(bytes.subarray(at, portAt)), port });
  }
  return peers;
}
