import { BencodeFieldError } from '../bencode/bencode-error.ts';
import { decodeBencodeDictionary } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { decodeCompactPeers, encodeCompactPeers } from '../tracker/compact-peers.ts';
import { COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH } from '../tracker/constants.ts';
import { parseIpAddress } from '../tracker/ip-address.ts';
import { MAX_PEX_PEERS, PEX_MESSAGE_LIMITS } from './constants.ts';

/** Where a peer can be reached. */
export interface PexAddress {
  /** An IPv4 or IPv6 address. */
  readonly host: string;
  readonly port: number;
}

/** A peer that another one is, or was, connected to, and what that one knows about it. */
export interface PexPeer extends PexAddress {
  readonly prefersEncryption: boolean;
  /** It has everything, or wants nothing more. */
  readonly isSeed: boolean;
  /** Whoever tells of it has dialled it himself: it can be reached. */
  readonly isReachable: boolean;
}

/** A message of the extension `ut_pex` (BEP 11): how the peers of the sender have changed since the one before. */
export interface PexMessage {
  readonly added: readonly PexPeer[];
  readonly dropped: readonly PexAddress[];
}

/** Bits of `added.f` (BEP 11); those for µTP and hole punching mean nothing to us. */
const FLAG = { prefersEncryption: 0x01, isSeed: 0x02, isReachable: 0x10 } as const;

const FAMILIES = [
  { suffix: '', size: COMPACT_IPV4_LENGTH, addressLength: 4 },
  { suffix: '6', size: COMPACT_IPV6_LENGTH, addressLength: 16 },
] as const;

/** The payload of an extended message. Hosts that are no IP addresses are left out. */
export function encodePexMessage({ added, dropped }: PexMessage): Uint8Array {
  const dictionary = new Map<string, BencodeValue>();
  for (const { suffix, addressLength } of FAMILIES) {
    const ofFamily = added.filter(({ host }) => parseIpAddress(host)?.length === addressLength);
    dictionary.set(`added${suffix}`, pack(ofFamily));
    dictionary.set(`added${suffix}.f`, Uint8Array.from(ofFamily, flagsOf));
    dictionary.set(
      `dropped${suffix}`,
      pack(dropped.filter(({ host }) => parseIpAddress(host)?.length === addressLength)),
    );
  }
  return encodeBencode(new Map([...dictionary].sort(([a], [b]) => (a < b ? -1 : 1))));
}

/**
 * Reads the payload of an extended message: at most {@link MAX_PEX_PEERS} added and as many dropped, what is beyond that is
 * not looked at. Peers with port 0 are left out; flags that are not one for each peer count as not set.
 * @throws BencodeError or BencodeFieldError when it is malformed
 */
export function decodePexMessage(payload: Uint8Array): PexMessage {
  const { dictionary } = decodeBencodeDictionary(payload, PEX_MESSAGE_LIMITS);
  return {
    added: FAMILIES.flatMap(({ suffix, size }) => {
      const name = `added${suffix}`;
      const packed = packedPeers(dictionary, name, size);
      const flags = dictionary.get(`${name}.f`);
      const isFlagged = flags instanceof Uint8Array && flags.length === packed.length / size;
      return unpack(packed, size).map(({ index, address }) =>
        withFlags(address, isFlagged ? (flags[index] ?? 0) : 0),
      );
    }).slice(0, MAX_PEX_PEERS),
    dropped: FAMILIES.flatMap(({ suffix, size }) =>
      unpack(packedPeers(dictionary, `dropped${suffix}`, size), size).map(({ address }) => address),
    ).slice(0, MAX_PEX_PEERS),
  };
}

/** The packed peers of a member; none when it is absent. */
function packedPeers(dictionary: BencodeDictionary, name: string, size: number): Uint8Array {
  const bytes = dictionary.get(name) ?? new Uint8Array();
  if (!(bytes instanceof Uint8Array)) {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_TYPE', name, 'not a byte string');
  }
  if (bytes.length % size !== 0) {
    throw new BencodeFieldError('SHOAL_BENCODE_FIELD_RANGE', name, `${bytes.length} bytes of peers`);
  }
  return bytes;
}

/** The first {@link MAX_PEX_PEERS} peers, each with its place, by which its flags are found. */
function unpack(
  packed: Uint8Array,
  size: number,
): { readonly index: number; readonly address: PexAddress }[] {
  const count = Math.min(MAX_PEX_PEERS, packed.length / size);
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const [address] = decodeCompactPeers(packed.subarray(index * size, (index + 1) * size), size, 1) ?? [];
    return address === undefined ? [] : [{ index, address }];
  });
}

function pack(addresses: readonly PexAddress[]): Uint8Array {
  const { peers, peers6 } = encodeCompactPeers(addresses);
  return peers.length > 0 ? peers : peers6;
}

function flagsOf(peer: PexPeer): number {
  let flags = 0;
  if (peer.prefersEncryption) flags |= FLAG.prefersEncryption;
  if (peer.isSeed) flags |= FLAG.isSeed;
  if (peer.isReachable) flags |= FLAG.isReachable;
  return flags;
}

function withFlags({ host, port }: PexAddress, flags: number): PexPeer {
  return {
    host,
    port,
    prefersEncryption: (flags & FLAG.prefersEncryption) !== 0,
    isSeed: (flags & FLAG.isSeed) !== 0,
    isReachable: (flags & FLAG.isReachable) !== 0,
  };
}
