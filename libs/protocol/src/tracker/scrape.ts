import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeDictionary } from '../bencode/value.ts';
import { isDictionary } from '../bencode/value.ts';
import type { WireInfoHash } from '../metainfo/info-hash.ts';
import { wireInfoHash, WIRE_INFO_HASH_LENGTH } from '../metainfo/info-hash.ts';
import { parseInfoHash } from './announce-request.ts';
import { decodeAnswer, invalidField, optionalCount } from './answer.ts';
import { MAX_SCRAPE_HASHES } from './constants.ts';
import { invalidParameter, percentEncode, TrackerQuery } from './query.ts';

/** The figures of one swarm (BEP 48). */
export interface SwarmFigures {
  readonly infoHash: WireInfoHash;
  /** Peers that have everything. */
  readonly complete: number;
  /** Peers that do not. */
  readonly incomplete: number;
  /** How often "completed" was announced. */
  readonly downloaded: number;
}

/**
 * Reads the query of a scrape: at least one info-hash (asking for all swarms at once is not supported), at most 100.
 * @param rawQuery what follows the `?`, as it arrived
 * @throws TrackerWireError
 */
export function parseScrapeQuery(rawQuery: string): WireInfoHash[] {
  const query = new TrackerQuery(rawQuery);
  const hashes = query.all('info_hash');
  if (hashes.length === 0) query.required('info_hash');
  if (hashes.length > MAX_SCRAPE_HASHES) {
    throw invalidParameter('info_hash', `${String(hashes.length)}, at most ${String(MAX_SCRAPE_HASHES)}`);
  }
  return hashes.map(parseInfoHash);
}

/** The query of a scrape, without the `?`. */
export function encodeScrapeQuery(infoHashes: readonly WireInfoHash[]): string {
  return infoHashes.map((hash) => `info_hash=${percentEncode(hash)}`).join('&');
}

/** The body of an answer to a scrape. */
export function encodeScrapeResponse(swarms: readonly SwarmFigures[]): Uint8Array {
  const files = new Map<string, BencodeDictionary>();
  for (const { infoHash, complete, incomplete, downloaded } of swarms) {
    const figures = new Map([
      ['complete', BigInt(complete)],
      ['incomplete', BigInt(incomplete)],
      ['downloaded', BigInt(downloaded)],
    ]);
    files.set(Buffer.from(infoHash).toString('latin1'), figures);
  }
  return encodeBencode(new Map([['files', files]]));
}

/**
 * Reads the body of an answer to a scrape; swarms that the tracker does not know are not in it.
 * @throws TrackerWireError SHOAL_TRACKER_FAILURE when the tracker refused, SHOAL_TRACKER_RESPONSE_INVALID
 */
export function decodeScrapeResponse(body: Uint8Array): SwarmFigures[] {
  const files = decodeAnswer(body).get('files');
  if (files === undefined || !isDictionary(files)) throw invalidField('files', 'not a dictionary');
  return Array.from(files, ([key, figures]) => {
    const infoHash = Buffer.from(key, 'latin1');
    if (infoHash.length !== WIRE_INFO_HASH_LENGTH) throw invalidField('files', 'a key that is no info-hash');
    if (!isDictionary(figures)) throw invalidField('files', 'a swarm that is no dictionary');
    return {
      infoHash: wireInfoHash(new Uint8Array(infoHash)),
      complete: optionalCount(figures, 'complete') ?? 0,
      incomplete: optionalCount(figures, 'incomplete') ?? 0,
      downloaded: optionalCount(figures, 'downloaded') ?? 0,
    };
  });
}
