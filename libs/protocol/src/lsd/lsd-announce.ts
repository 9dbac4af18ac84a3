import { infoHashHex, type WireInfoHash, wireInfoHash } from '../metainfo/info-hash.ts';
import { LSD_PORT, MAX_LSD_COOKIE, MAX_LSD_DATAGRAM, MAX_LSD_HASHES, MAX_LSD_LINES } from './constants.ts';
import { LsdError } from './lsd-error.ts';

/** Says to the local network in which swarms somebody is (BEP 14). His address is that of the datagram. */
export interface LsdAnnounce {
  /** One to MAX_LSD_HASHES. */
  readonly infoHashes: readonly WireInfoHash[];
  /** TCP port he takes peers at. */
  readonly port: number;
  /** Of the announcer's choice, by which he knows his own announces; at most 64 printable ASCII characters. */
  readonly cookie?: string;
}

const START_LINE = 'BT-SEARCH * HTTP/1.1';
const PORT = /^[1-9][0-9]{0,4}$/;
const MAX_PORT = 65_535;
const INFO_HASH = /^[0-9a-f]{40}$/i;
const COOKIE = /^[\x20-\x7e]*$/;

/**
 * A datagram for a group.
 * @param group the address that it is sent to
 */
export function encodeLsdAnnounce({ infoHashes, port, cookie }: LsdAnnounce, group: string): Uint8Array {
  const host = group.includes(':') ? `[${group}]` : group;
  const lines = [
    START_LINE,
    `Host: ${host}:${String(LSD_PORT)}`,
    `Port: ${String(port)}`,
    ...infoHashes.map((infoHash) => `Infohash: ${infoHashHex(infoHash)}`),
    ...(cookie === undefined ? [] : [`cookie: ${cookie}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n\r\n`, 'latin1');
}

/**
 * Reads a datagram. Headers that we do not know are passed over, as are info-hashes that are none.
 * @throws LsdError when it is no announce, or a longer one than there can be
 */
export function decodeLsdAnnounce(datagram: Uint8Array): LsdAnnounce {
  if (datagram.length > MAX_LSD_DATAGRAM) throw tooLong(`${String(datagram.length)} bytes`);
  const [start, ...lines] = Buffer.from(datagram).toString('latin1').split(/\r?\n/);
  if (start !== START_LINE) throw malformed('does not begin with BT-SEARCH');
  if (lines.length > MAX_LSD_LINES) throw tooLong(`${String(lines.length)} lines`);
  const headers = lines.map(headerOf);
  const valuesOf = (name: string): string[] =>
    headers.flatMap((header) => (header.name === name ? [header.value] : []));
  const infoHashes = valuesOf('infohash').filter((text) => INFO_HASH.test(text));
  if (infoHashes.length === 0) throw malformed('names no info-hash');
  if (infoHashes.length > MAX_LSD_HASHES) throw tooLong(`${String(infoHashes.length)} info-hashes`);
  const [port = ''] = valuesOf('port');
  if (!PORT.test(port) || Number(port) > MAX_PORT) throw malformed('names no port');
  const [cookie] = valuesOf('cookie');
  const isCookie = cookie !== undefined && cookie.length <= MAX_LSD_COOKIE && COOKIE.test(cookie);
  return {
    infoHashes: infoHashes.map((text) => wireInfoHash(Uint8Array.from(Buffer.from(text, 'hex')))),
    port: Number(port),
    ...(isCookie ? { cookie } : {}),
  };
}

function headerOf(line: string): { readonly name: string; readonly value: string } {
  const colon = line.indexOf(':');
  return {
    name: line.slice(0, Math.max(0, colon)).trim().toLowerCase(),
    value: line.slice(colon + 1).trim(),
  };
}

function malformed(what: string): LsdError {
  return new LsdError('SHOAL_LSD_MALFORMED', `the announce ${what}`);
}

function tooLong(what: string): LsdError {
  return new LsdError('SHOAL_LSD_TOO_LONG', `${what} in one announce`);
}
