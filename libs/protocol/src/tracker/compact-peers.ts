import { COMPACT_IPV4_LENGTH } from './constants.ts';
import { formatIpAddress, parseIpAddress } from './ip-address.ts';

const PORT_LENGTH = 2;

/** A peer as trackers hand it out. */
export interface TrackerPeer {
  /** An IPv4 or IPv6 address; only the dictionary form of BEP 3 may also carry a host name. */
  readonly host: string;
  readonly port: number;
  /** 20 bytes; only in the dictionary form of BEP 3. */
  readonly peerId?: Uint8Array;
}

/** Peers packed as BEP 23 (`peers`) and BEP 7 (`peers6`) say. Host names have no such form and are left out. */
export function encodeCompactPeers(peers: readonly TrackerPeer[]): { peers: Uint8Array; peers6: Uint8Array } {
  const ipv4: number[] = [];
  const ipv6: number[] = [];
  for (const { host, port } of peers) {
    const address = parseIpAddress(host);
    if (address === undefined) continue;
    const target = address.length + PORT_LENGTH === COMPACT_IPV4_LENGTH ? ipv4 : ipv6;
    target.push(...address, port >> 8, port & 0xff);
  }
  return { peers: Uint8Array.from(ipv4), peers6: Uint8Array.from(ipv6) };
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
