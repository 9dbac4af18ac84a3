import { crc32c } from './crc32c.ts';

/** One end of a connection. */
export interface PeerEndpoint {
  /** 4 or 16 bytes. */
  readonly address: Uint8Array;
  readonly port: number;
}

const IPV4_LENGTH = 4;
/** Bytes that always count in full: a /16 of IPv4, a /48 of IPv6. */
const WHOLE_IPV4_BYTES = 2;
const WHOLE_IPV6_BYTES = 6;
/** What counts of the other bytes: every second bit. */
const COARSE_MASK = 0x55;

/**
 * How much a connection between two peers is worth keeping, from 0 to 2^32 − 1 (BEP 40). Both ends come to the same
 * number, nobody can choose an address that is worth much to everyone, and the connections that a swarm keeps by it are
 * those of a random graph. Both addresses are of one family, as the ends of a connection are.
 */
export function peerPriority(a: PeerEndpoint, b: PeerEndpoint): number {
  if (Buffer.compare(a.address, b.address) === 0) return crc32c(sorted(portBytes(a.port), portBytes(b.port)));
  const whole = wholeBytes(a.address, b.address);
  return crc32c(sorted(masked(a.address, whole), masked(b.address, whole)));
}

/** The nearer two addresses are, the more of their bytes count in full: one beyond those they have in common. */
function wholeBytes(a: Uint8Array, b: Uint8Array): number {
  let common = 0;
  while (common < a.length && a[common] === b[common]) common += 1;
  const least = a.length === IPV4_LENGTH ? WHOLE_IPV4_BYTES : WHOLE_IPV6_BYTES;
  return common < least ? least : common + 1;
}

function masked(address: Uint8Array, whole: number): Uint8Array {
  return address.map((byte, index) => (index < whole ? byte : byte & COARSE_MASK));
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 0xff);
}

function sorted(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Buffer.concat(Buffer.compare(a, b) <= 0 ? [a, b] : [b, a]);
}
