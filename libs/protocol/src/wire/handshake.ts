import { equalBytes } from '../bytes.ts';
import { HANDSHAKE_LENGTH, PEER_ID_LENGTH } from './constants.ts';
import { WIRE_INFO_HASH_LENGTH, type WireInfoHash, wireInfoHash } from '../metainfo/info-hash.ts';
import { WireError } from './wire-error.ts';

/** What a peer says first (BEP 3). */
export interface Handshake {
  readonly infoHash: WireInfoHash;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** The extension protocol (BEP 10). */
  readonly extensions: boolean;
  /** The Fast extension (BEP 6). */
  readonly fast: boolean;
  /** The peer can speak v2 on this torrent (BEP 52). */
  readonly v2: boolean;
}

const PREFIX = Uint8Array.from([19, ...new TextEncoder().encode('BitTorrent protocol')]);
const RESERVED_AT = PREFIX.length;
const INFO_HASH_AT = RESERVED_AT + 8;
const PEER_ID_AT = INFO_HASH_AT + WIRE_INFO_HASH_LENGTH;

/** Reserved bits, as {byte, bit} (BEP 10, BEP 6, BEP 52). */
const EXTENSIONS_BYTE = RESERVED_AT + 5;
const EXTENSIONS_BIT = 0x10;
const LAST_BYTE = RESERVED_AT + 7;
const FAST_BIT = 0x04;
const V2_BIT = 0x10;

/** The 68 bytes of a handshake. */
export function encodeHandshake(handshake: Handshake): Uint8Array {
  const bytes = new Uint8Array(HANDSHAKE_LENGTH);
  bytes.set(PREFIX);
  if (handshake.extensions) bytes[EXTENSIONS_BYTE] = EXTENSIONS_BIT;
  bytes[LAST_BYTE] = (handshake.fast ? FAST_BIT : 0) | (handshake.v2 ? V2_BIT : 0);
  bytes.set(handshake.infoHash, INFO_HASH_AT);
  bytes.set(handshake.peerId.subarray(0, PEER_ID_LENGTH), PEER_ID_AT);
  return bytes;
}

/** How many bytes tell whether something is a handshake. */
export const HANDSHAKE_PREFIX_LENGTH = PREFIX.length;

/** Whether what has come so far may be a handshake. */
export function isHandshakePrefix(bytes: Uint8Array): boolean {
  const length = Math.min(bytes.length, PREFIX.length);
  return equalBytes(bytes.subarray(0, length), PREFIX.subarray(0, length));
}

/**
 * Checks what has come so far of a handshake, so that a stranger is dropped at its first wrong byte.
 * @throws WireError SHOAL_WIRE_NOT_BITTORRENT
 */
export function checkHandshakePrefix(bytes: Uint8Array): void {
  if (!isHandshakePrefix(bytes)) {
    throw new WireError(
      'SHOAL_WIRE_NOT_BITTORRENT',
      'the first bytes are not those of a BitTorrent handshake',
    );
  }
}

/**
 * Decodes exactly {@link HANDSHAKE_LENGTH} bytes; hash and peer id are copies.
 * @throws WireError SHOAL_WIRE_NOT_BITTORRENT, or SHOAL_WIRE_BAD_LENGTH when `bytes` has another length
 */
export function decodeHandshake(bytes: Uint8Array): Handshake {
  if (bytes.length !== HANDSHAKE_LENGTH) {
    throw new WireError('SHOAL_WIRE_BAD_LENGTH', `a handshake of ${bytes.length} bytes`);
  }
  checkHandshakePrefix(bytes);
  const last = bytes[LAST_BYTE] ?? 0;
  return {
    infoHash: wireInfoHash(Uint8Array.from(bytes.subarray(INFO_HASH_AT, PEER_ID_AT))),
    peerId: Uint8Array.from(bytes.subarray(PEER_ID_AT)),
    extensions: ((bytes[EXTENSIONS_BYTE] ?? 0) & EXTENSIONS_BIT) !== 0,
    fast: (last & FAST_BIT) !== 0,
    v2: (last & V2_BIT) !== 0,
  };
}
