import { equalBytes } from '../bytes.ts';
import { MAX_TRACKER_URL_BYTES, MAX_TRACKERS } from '../metainfo/constants.ts';
import type { InfoHashV1, InfoHashV2 } from '../metainfo/info-hash.ts';
import { parseIpAddress } from '../tracker/ip-address.ts';
import { decodeBase32 } from './base32.ts';
import { MAX_DISPLAY_NAME, MAX_MAGNET_CHARS, MAX_MAGNET_PEERS } from './constants.ts';
import { parseFileRanges } from './file-ranges.ts';
import type { FileRange, Magnet, MagnetPeer } from './magnet.ts';
import { MagnetError } from './magnet-error.ts';

const SCHEME = /^magnet:\?/i;
const V1_URN = /^urn:btih:/i;
const V2_URN = /^urn:btmh:/i;
const V1_HEX = /^[0-9a-f]{40}$/i;
const V1_BASE32_LENGTH = 32;
/** A multihash of code 0x12 (SHA-256) and length 0x20 (BEP 52). */
const V2_MULTIHASH = /^1220([0-9a-f]{64})$/i;
/** Parameters may be numbered (`tr.1`), which means nothing to us. */
const NUMBER = /\.\d+$/;
/** `host:port`, an IPv6 address in brackets (BEP 9). */
const PEER = /^(?:\[([^\]]+)\]|([^\s:/[\]]+)):(\d{1,5})$/i;
const MAX_HOST_CHARS = 253;

/** What a link has so far. */
interface Draft {
  v1: Uint8Array | undefined;
  v2: Uint8Array | undefined;
  displayName: string | undefined;
  readonly trackers: Set<string>;
  readonly peers: Map<string, MagnetPeer>;
  selectOnly: readonly FileRange[];
}

/**
 * Reads a magnet link of a v1, v2 or hybrid torrent (BEP 9, 52, 53). Trackers, peers, ranges of files and the name are advice: those that
 * cannot be used, or are too many, are left out, and so are parameters and kinds of `xt` that mean nothing to us.
 * @throws MagnetError
 */
export function parseMagnet(uri: string): Magnet {
  if (uri.length > MAX_MAGNET_CHARS) {
    throw new MagnetError('SHOAL_MAGNET_TOO_LONG', `a link of more than ${MAX_MAGNET_CHARS} characters`);
  }
  if (!SCHEME.test(uri)) throw new MagnetError('SHOAL_MAGNET_SCHEME', 'not a magnet link');
  const draft: Draft = {
    v1: undefined,
    v2: undefined,
    displayName: undefined,
    trackers: new Set(),
    peers: new Map(),
    selectOnly: [],
  };
  for (const parameter of uri.replace(SCHEME, '').split('&')) {
    const split = parameter.indexOf('=');
    const value = percentDecode(parameter.slice(split + 1));
    if (split >= 0 && value !== undefined) take(draft, parameter.slice(0, split).toLowerCase(), value);
  }
  return finish(draft);
}

function finish({ v1, v2, displayName, trackers, peers, selectOnly }: Draft): Magnet {
  if (v1 === undefined && v2 === undefined) {
    throw new MagnetError('SHOAL_MAGNET_NO_HASH', 'a link without an info-hash');
  }
  return {
    ...(v1 === undefined ? {} : { infoHashV1: v1 as InfoHashV1 }),
    ...(v2 === undefined ? {} : { infoHashV2: v2 as InfoHashV2 }),
    ...(displayName === undefined ? {} : { displayName }),
    trackers: [...trackers],
    peers: [...peers.values()],
    ...(selectOnly.length === 0 ? {} : { selectOnly }),
  };
}

function take(draft: Draft, name: string, value: string): void {
  switch (name.replace(NUMBER, '')) {
    case 'xt':
      takeTopic(draft, value);
      break;
    case 'dn':
      // Half of a character may be left at the end.
      draft.displayName ??= value.slice(0, MAX_DISPLAY_NAME).toWellFormed();
      break;
    case 'tr':
      takeTracker(draft, value);
      break;
    case 'x.pe':
      takePeer(draft, value);
      break;
    case 'so':
      draft.selectOnly = parseFileRanges(value);
      break;
  }
}

function takeTopic(draft: Draft, urn: string): void {
  if (V1_URN.test(urn)) {
    const hash = decodeV1(urn.replace(V1_URN, ''));
    draft.v1 = onlyOne(draft.v1, hash, urn);
  } else if (V2_URN.test(urn)) {
    const [, hex] = V2_MULTIHASH.exec(urn.replace(V2_URN, '')) ?? [];
    draft.v2 = onlyOne(draft.v2, hex === undefined ? undefined : fromHex(hex), urn);
  }
}

function decodeV1(text: string): Uint8Array | undefined {
  if (V1_HEX.test(text)) return fromHex(text);
  return text.length === V1_BASE32_LENGTH ? decodeBase32(text) : undefined;
}

function onlyOne(before: Uint8Array | undefined, hash: Uint8Array | undefined, urn: string): Uint8Array {
  if (hash === undefined) {
    throw new MagnetError('SHOAL_MAGNET_BAD_HASH', `${JSON.stringify(urn.slice(0, 100))} is no info-hash`);
  }
  if (before !== undefined && !equalBytes(before, hash)) {
    throw new MagnetError('SHOAL_MAGNET_AMBIGUOUS', 'a link with two info-hashes of the same version');
  }
  return hash;
}

function takeTracker({ trackers }: Draft, value: string): void {
  const url = value.trim();
  const isUsable = url !== '' && Buffer.byteLength(url) <= MAX_TRACKER_URL_BYTES;
  if (isUsable && trackers.size < MAX_TRACKERS) trackers.add(url);
}

function takePeer({ peers }: Draft, value: string): void {
  const peer = parsePeer(value);
  if (peer !== undefined && peers.size < MAX_MAGNET_PEERS) peers.set(`${peer.host} ${peer.port}`, peer);
}

/** A peer as `x.pe` has it, `host:port`; undefined for anything else. */
function parsePeer(text: string): MagnetPeer | undefined {
  const [, ipv6, name, digits] = PEER.exec(text) ?? [];
  const host = ipv6 ?? name;
  const port = Number(digits);
  if (ipv6 !== undefined && parseIpAddress(ipv6) === undefined) return undefined;
  if (host === undefined || host.length > MAX_HOST_CHARS || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}

/** Undefined when what is encoded is no UTF-8. A plus is a space, as forms write it and clients read it. */
function percentDecode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' ')).toWellFormed();
  } catch {
    return undefined;
  }
}
