import { BencodeReader } from '../bencode/reader.ts';
import type { Members } from '../bencode/members.ts';
import { decodeUtf8 } from '../bytes.ts';
import { MAX_WEB_SEED_URL_BYTES, MAX_WEB_SEEDS, METAINFO_LIMITS } from './constants.ts';

const SCHEMES = ['http:', 'https:'];

/**
 * The web seeds of a metainfo (BEP 19): `url-list`, one URL or a list of them. They are advice, so whatever is no HTTP or
 * HTTPS URL is skipped, as are those that are there already, longer than {@link MAX_WEB_SEED_URL_BYTES}, or beyond
 * {@link MAX_WEB_SEEDS}.
 * @param bytes what the members of the metainfo were read from
 */
export function readWebSeeds(bytes: Uint8Array, { spans, values }: Members): string[] {
  const urls = new Set<string>();
  const single = values.get('url-list');
  const list = spans.get('url-list');
  if (single instanceof Uint8Array) addUrl(urls, single);
  if (list !== undefined) readList(urls, bytes.subarray(list.start, list.end));
  return [...urls];
}

function readList(urls: Set<string>, bytes: Uint8Array): void {
  const reader = new BencodeReader(bytes, METAINFO_LIMITS);
  if (reader.next() !== 'list') return;
  for (let token = reader.next(); token !== 'end' && urls.size < MAX_WEB_SEEDS; token = reader.next()) {
    if (token === 'bytes') addUrl(urls, reader.content());
    reader.finish(token);
  }
}

function addUrl(urls: Set<string>, bytes: Uint8Array): void {
  if (bytes.length > MAX_WEB_SEED_URL_BYTES) return;
  const text = decodeUtf8(bytes)?.trim() ?? '';
  if (SCHEMES.includes(URL.parse(text)?.protocol ?? '')) urls.add(text);
}
