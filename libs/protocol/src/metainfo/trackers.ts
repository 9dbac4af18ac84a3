import type { BencodeDictionary, BencodeValue } from '../bencode/value.ts';
import { decodeUtf8 } from '../bytes.ts';
import { MAX_TRACKER_URL_BYTES, MAX_TRACKERS } from './constants.ts';

/**
 * The tracker URLs of a metainfo by tier (BEP 12); `announce` alone makes one tier. They are advice, so whatever is not a
 * URL-sized text is skipped, and what exceeds {@link MAX_TRACKERS}.
 */
export function readTrackers(metainfo: BencodeDictionary): string[][] {
  const list = metainfo.get('announce-list');
  const tiers = Array.isArray(list) ? (list as readonly BencodeValue[]).map(readTier) : [];
  const kept = limited(tiers);
  return kept.length > 0 ? kept : limited([readTier([metainfo.get('announce')])]);
}

function readTier(tier: BencodeValue | readonly (BencodeValue | undefined)[]): string[] {
  if (!Array.isArray(tier)) return [];
  const urls = (tier as readonly (BencodeValue | undefined)[]).map(readUrl);
  return urls.filter((url) => url !== undefined);
}

function readUrl(value: BencodeValue | undefined): string | undefined {
  if (!(value instanceof Uint8Array) || value.length === 0 || value.length > MAX_TRACKER_URL_BYTES)
    return undefined;
  return decodeUtf8(value)?.trim();
}

/** The first {@link MAX_TRACKERS} URLs, in tiers that are not empty. */
function limited(tiers: readonly string[][]): string[][] {
  let room = MAX_TRACKERS;
  const kept: string[][] = [];
  for (const tier of tiers) {
    const urls = tier.slice(0, room);
    room -= urls.length;
    if (urls.length > 0) kept.push(urls);
  }
  return kept;
}
