import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { isDictionary } from '../bencode/value.ts';
import { decodeUtf8, encodeUtf8 } from '../bytes.ts';
import { PEER_ID_LENGTH } from '../wire/constants.ts';
import { decodeCompactPeers, encodeCompactPeers, type TrackerPeer } from './compact-peers.ts';
import {
  COMPACT_IPV4_LENGTH,
  COMPACT_IPV6_LENGTH,
  MAX_INTERVAL_SECONDS,
  MAX_RESPONSE_PEERS,
} from './constants.ts';
import { decodeAnswer, invalidField, optionalBytes, optionalCount } from './answer.ts';

const MAX_PORT = 65_535;

/** What a tracker answers to an announce (BEP 3, 7, 23). */
export interface AnnounceResponse {
  /** Seconds until the next regular announce. */
  readonly interval: number;
  /** Seconds that must lie between two announces. */
  readonly minInterval?: number;
  /** To be sent back in later announces. */
  readonly trackerId?: Uint8Array;
  /** Peers that have everything, and those that do not. */
  readonly complete?: number;
  readonly incomplete?: number;
  readonly warning?: string;
  readonly peers: readonly TrackerPeer[];
}

/** In which of its forms the client takes peers: as in its request. */
export interface PeerForm {
  readonly compact: boolean;
  readonly noPeerId: boolean;
}

/** The body of an answer to an announce. */
export function encodeAnnounceResponse(response: AnnounceResponse, form: PeerForm): Uint8Array {
  const fields = new Map<string, BencodeValue>([['interval', BigInt(response.interval)]]);
  if (response.minInterval !== undefined) fields.set('min interval', BigInt(response.minInterval));
  if (response.trackerId !== undefined) fields.set('tracker id', response.trackerId);
  if (response.complete !== undefined) fields.set('complete', BigInt(response.complete));
  if (response.incomplete !== undefined) fields.set('incomplete', BigInt(response.incomplete));
  if (response.warning !== undefined) fields.set('warning message', encodeUtf8(response.warning));
  if (form.compact) {
    const { peers, peers6 } = encodeCompactPeers(response.peers);
    fields.set('peers', peers);
    if (peers6.length > 0) fields.set('peers6', peers6);
  } else {
    fields.set(
      'peers',
      response.peers.map((peer) => peerDictionary(peer, form.noPeerId)),
    );
  }
  return encodeBencode(fields);
}

/**
 * Reads the body of an answer to an announce: peers in either form, at most 2,000, those that cannot be reached left
 * out. Intervals beyond a week are shortened to it.
 * @throws TrackerWireError SHOAL_TRACKER_FAILURE when the tracker refused, SHOAL_TRACKER_RESPONSE_INVALID
 */
export function decodeAnnounceResponse(body: Uint8Array): AnnounceResponse {
  const fields = decodeAnswer(body);
  const interval = optionalCount(fields, 'interval');
  if (interval === undefined) throw invalidField('interval', 'missing');
  const minInterval = optionalCount(fields, 'min interval');
  const trackerId = optionalBytes(fields, 'tracker id');
  const complete = optionalCount(fields, 'complete');
  const incomplete = optionalCount(fields, 'incomplete');
  const warning = optionalBytes(fields, 'warning message');
  return {
    interval: Math.min(interval, MAX_INTERVAL_SECONDS),
    peers: [...readPeers(fields), ...readCompact(fields, 'peers6')].slice(0, MAX_RESPONSE_PEERS),
    ...(minInterval === undefined ? {} : { minInterval: Math.min(minInterval, MAX_INTERVAL_SECONDS) }),
    ...(trackerId === undefined ? {} : { trackerId: new Uint8Array(trackerId) }),
    ...(complete === undefined ? {} : { complete }),
    ...(incomplete === undefined ? {} : { incomplete }),
    ...(warning === undefined ? {} : { warning: Buffer.from(warning).toString('utf8') }),
  };
}

function peerDictionary({ host, port, peerId }: TrackerPeer, noPeerId: boolean): BencodeDictionary {
  const fields = new Map<string, BencodeValue>([
    ['ip', encodeUtf8(host)],
    ['port', BigInt(port)],
  ]);
  if (peerId !== undefined && !noPeerId) fields.set('peer id', peerId);
  return fields;
}

function readPeers(fields: BencodeDictionary): TrackerPeer[] {
  const value = fields.get('peers');
  if (!Array.isArray(value)) return readCompact(fields, 'peers');
  const peers: TrackerPeer[] = [];
  for (const item of (value as readonly BencodeValue[]).slice(0, MAX_RESPONSE_PEERS)) {
    const peer = readPeerDictionary(item);
    if (peer !== undefined) peers.push(peer);
  }
  return peers;
}

function readPeerDictionary(item: BencodeValue): TrackerPeer | undefined {
  if (!isDictionary(item)) throw invalidField('peers', 'a peer that is no dictionary');
  const ip = optionalBytes(item, 'ip');
  const port = optionalCount(item, 'port');
  const peerId = optionalBytes(item, 'peer id');
  const host = ip === undefined ? undefined : decodeUtf8(ip);
  if (host === undefined || port === undefined) throw invalidField('peers', 'a peer without address');
  if (host === '' || port === 0 || port > MAX_PORT) return undefined;
  return { host, port, ...(peerId?.length === PEER_ID_LENGTH ? { peerId: new Uint8Array(peerId) } : {}) };
}

function readCompact(fields: BencodeDictionary, name: 'peers' | 'peers6'): TrackerPeer[] {
  const bytes = optionalBytes(fields, name);
  if (bytes === undefined) return [];
  const size = name === 'peers' ? COMPACT_IPV4_LENGTH : COMPACT_IPV6_LENGTH;
  const peers = decodeCompactPeers(bytes, size, MAX_RESPONSE_PEERS);
  if (peers === undefined) throw invalidField(name, `not a multiple of ${String(size)} bytes`);
  return peers;
}
