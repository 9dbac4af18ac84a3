import { type WireInfoHash, wireInfoHash, WIRE_INFO_HASH_LENGTH } from '../metainfo/info-hash.ts';
import { PEER_ID_LENGTH } from '../wire/constants.ts';
import { MAX_NUMWANT } from './constants.ts';
import { invalidParameter, percentEncode, TrackerQuery } from './query.ts';

const MAX_PORT = 65_535;

/** A number as long as the largest safe integer, or longer, up to the 20 digits of 64 bits. */
const LARGE = /^[1-9][0-9]{15,19}$/;

/**
 * What an announce tells beside its figures; regular announces carry none, or `paused` when they come from a partial seed:
 * it lacks pieces and wants none (BEP 21).
 */
export type AnnounceEvent = 'started' | 'completed' | 'stopped' | 'paused';

/**
 * An announce over HTTP (BEP 3). The address in it (`ip`, `ipv4`, `ipv6`) is not among the fields: a tracker that
 * believed it could be made to attack third parties, so the address is that of the connection.
 */
export interface AnnounceRequest {
  readonly infoHash: WireInfoHash;
  /** 20 bytes. */
  readonly peerId: Uint8Array;
  /** Where the peer listens, 1 … 65535. */
  readonly port: number;
  /** Bytes since "started". */
  readonly uploaded: number;
  readonly downloaded: number;
  /** Bytes that the peer still lacks; MAX_SAFE_INTEGER where it says more, as those do who do not know yet. */
  readonly left: number;
  readonly event?: AnnounceEvent;
  /** Peers asked for; the tracker decides when absent. */
  readonly numwant?: number;
  /** Whether the packed form of BEP 23 will do. */
  readonly compact: boolean;
  /** Whether peer ids may be left out of the dictionary form. */
  readonly noPeerId: boolean;
  /** Identifies the client when its address changes. */
  readonly key?: string;
  /** What the tracker's earlier answer asked to be sent back. */
  readonly trackerId?: Uint8Array;
}

/**
 * Reads the query of an announce. Unknown parameters are ignored.
 * @param rawQuery what follows the `?`, as it arrived
 * @throws TrackerWireError
 */
export function parseAnnounceQuery(rawQuery: string): AnnounceRequest {
  const query = new TrackerQuery(rawQuery);
  const event = parseEvent(query.text('event'));
  const numwant = query.integer('numwant', 0, MAX_NUMWANT);
  const key = query.text('key');
  const trackerId = query.optional('trackerid');
  return {
    infoHash: parseInfoHash(query.required('info_hash')),
    peerId: fixedLength('peer_id', query.required('peer_id'), PEER_ID_LENGTH),
    port: requiredInteger(query, 'port', 1, MAX_PORT),
    uploaded: requiredInteger(query, 'uploaded', 0, Number.MAX_SAFE_INTEGER),
    downloaded: requiredInteger(query, 'downloaded', 0, Number.MAX_SAFE_INTEGER),
    left: parseLeft(query),
    // BEP 23: packed unless the client asks for the other form.
    compact: query.text('compact') !== '0',
    noPeerId: query.text('no_peer_id') === '1',
    ...(event === undefined ? {} : { event }),
    ...(numwant === undefined ? {} : { numwant }),
    ...(key === undefined ? {} : { key }),
    ...(trackerId === undefined ? {} : { trackerId }),
  };
}

/** The query of an announce, without the `?`. */
export function encodeAnnounceQuery(request: AnnounceRequest): string {
  const parameters = [
    `info_hash=${percentEncode(request.infoHash)}`,
    `peer_id=${percentEncode(request.peerId)}`,
    `port=${String(request.port)}`,
    `uploaded=${String(request.uploaded)}`,
    `downloaded=${String(request.downloaded)}`,
    `left=${String(request.left)}`,
    `compact=${request.compact ? '1' : '0'}`,
    `no_peer_id=${request.noPeerId ? '1' : '0'}`,
  ];
  if (request.event !== undefined) parameters.push(`event=${request.event}`);
  if (request.numwant !== undefined) parameters.push(`numwant=${String(request.numwant)}`);
  if (request.key !== undefined) parameters.push(`key=${percentEncode(Buffer.from(request.key, 'latin1'))}`);
  if (request.trackerId !== undefined) parameters.push(`trackerid=${percentEncode(request.trackerId)}`);
  return parameters.join('&');
}

/**
 * An info-hash from a query.
 * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_INVALID unless it has 20 bytes
 */
export function parseInfoHash(bytes: Uint8Array): WireInfoHash {
  return wireInfoHash(fixedLength('info_hash', bytes, WIRE_INFO_HASH_LENGTH));
}

function fixedLength(name: string, bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length === length) return bytes;
  throw invalidParameter(name, `${String(bytes.length)} bytes instead of ${String(length)}`);
}

function requiredInteger(query: TrackerQuery, name: string, min: number, max: number): number {
  query.required(name);
  // Present, so not undefined.
  return query.integer(name, min, max) ?? min;
}

/** Who has a magnet link alone says as much as fits into 64 bits: 2^63 - 1 (Transmission 3.00). */
function parseLeft(query: TrackerQuery): number {
  const text = query.text('left') ?? '';
  if (LARGE.test(text)) return Math.min(Number(text), Number.MAX_SAFE_INTEGER);
  return requiredInteger(query, 'left', 0, Number.MAX_SAFE_INTEGER);
}

function parseEvent(text: string | undefined): AnnounceEvent | undefined {
  switch (text) {
    case undefined:
    case '':
    case 'empty': // BEP 3: the same as none
      return undefined;
    case 'started':
    case 'completed':
    case 'stopped':
    case 'paused':
      return text;
    default:
      throw invalidParameter('event', 'not one of started, completed, stopped, paused');
  }
}
