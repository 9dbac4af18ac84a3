import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBencode } from '../bencode/encode.ts';
import { wireInfoHash } from '../metainfo/info-hash.ts';
import { encodeTrackerFailure } from './answer.ts';
import { decodeScrapeResponse, encodeScrapeQuery, encodeScrapeResponse, parseScrapeQuery } from './scrape.ts';

const infoHash = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(wireInfoHash);
const swarm = fc.record(
  { infoHash, complete: fc.nat(), incomplete: fc.nat(), downloaded: fc.nat() },
  { noNullPrototype: true },
);
const swarms = fc.uniqueArray(swarm, { selector: (item) => Buffer.from(item.infoHash).toString('hex') });

describe('scrape', () => {
  it('reads the queries it writes', () => {
    fc.assert(
      fc.property(fc.array(infoHash, { minLength: 1, maxLength: 100 }), (hashes) => {
        expect(parseScrapeQuery(encodeScrapeQuery(hashes))).toStrictEqual(hashes);
      }),
    );
  });

  it('reads the answers it writes', () => {
    fc.assert(
      fc.property(swarms, (figures) => {
        const read = decodeScrapeResponse(encodeScrapeResponse(figures));
        const byHash = (a: (typeof read)[number], b: (typeof read)[number]): number =>
          Buffer.compare(a.infoHash, b.infoHash);
        expect(read.sort(byHash)).toStrictEqual([...figures].sort(byHash));
      }),
    );
  });

  it.each([
    ['no info-hash', '', 'SHOAL_TRACKER_PARAMETER_MISSING'],
    ['a short info-hash', 'info_hash=abc', 'SHOAL_TRACKER_PARAMETER_INVALID'],
    [
      '101 info-hashes',
      Array(101)
        .fill(`info_hash=${'a'.repeat(20)}`)
        .join('&'),
      'SHOAL_TRACKER_PARAMETER_INVALID',
    ],
    ['a query too long', `info_hash=${'a'.repeat(9_000)}`, 'SHOAL_TRACKER_QUERY_TOO_LONG'],
  ])('refuses %s', (_, query, code) => {
    expect(() => parseScrapeQuery(query)).toThrow(expect.objectContaining({ code }) as Error);
  });

  it.each([
    ['no files', encodeBencode(new Map())],
    ['a key that is no info-hash', encodeBencode(new Map([['files', new Map([['abc', new Map()]])]]))],
    ['a swarm that is a number', encodeBencode(new Map([['files', new Map([['a'.repeat(20), 1n]])]]))],
  ])('refuses an answer with %s', (_, answer) => {
    expect(() => decodeScrapeResponse(answer)).toThrow(
      expect.objectContaining({ code: 'SHOAL_TRACKER_RESPONSE_INVALID' }) as Error,
    );
  });

  it('turns a refusal into an error', () => {
    expect(() => decodeScrapeResponse(encodeTrackerFailure('no scrape here'))).toThrow('no scrape here');
  });
});
