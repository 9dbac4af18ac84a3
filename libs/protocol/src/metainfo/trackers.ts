import { BencodeReader, type ByteSpan } from '../bencode/reader.ts';
import type { Members } from '../bencode/members.ts';
import { decodeUtf8 } from '../bytes.ts';
import { MAX_TRACKER_URL_BYTES, MAX_TRACKERS, METAINFO_LIMITS } from './constants.ts';

/**
 * The tracker URLs of a metainfo by tier (BEP 12); `announce` alone makes one tier. They are advice, so whatever is not a
 * URL-sized text is skipped, and what exceeds {@link MAX_TRACKERS}.
 * @param bytes what the members of the metainfo were read from
 */
export function readTrackers(bytes: Uint8Array, { spans, values }: Members): string[][] {
  const list = spans.get('announce-list');
  const tiers = list === undefined ? [] : readTiers(bytes, list);
  if (tiers.length > 0) return tiers;
  const announce = values.get('announce');
  const url = announce instanceof Uint8Array ? readUrl(announce) : undefined;
  return url === undefined ? [] : [[url]];
}

/** The first {@link MAX_TRACKERS} URLs, in tiers that are not empty. */
function readTiers(bytes: Uint8Array, { start, end }: ByteSpan): string[][] {
  const reader = new BencodeReader(bytes.subarray(start, end), METAINFO_LIMITS);
  const tiers: string[][] = [];
  let room = MAX_TRACKERS;
  if (reader.next() !== 'list') return tiers;
  for (let token = reader.next(); token !== 'end' && room > 0; token = reader.next()) {
    if (token !== 'list') {
      reader.finish(token);
      continue;
    }
    const urls = readTier(reader, room);
    room -= urls.length;
    if (urls.length > 0) tiers.push(urls);
  }
  return tiers;
}

/** Reads the rest of a tier, of which at most `room` URLs are kept. */
function readTier(reader: BencodeReader, room: number): string[] {
  const urls: string[] = [];
  for (let token = reader.next(); token !== 'end'; token = reader.next()) {
    const url = token === 'bytes' && urls.length < room ? readUrl(reader.content()) : undefined;
    if (url !== undefined) urls.push(url);
    reader.finish(token);
  }
  return urls;
}

function readUrl(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0 || bytes.length > MAX_TRACKER_URL_BYTES) return undefined;
  return decodeUtf8(bytes)?.trim();
}
