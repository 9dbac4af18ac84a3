import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_TRACKERS } from '../metainfo/constants.ts';
import type { InfoHashV1, InfoHashV2 } from '../metainfo/info-hash.ts';
import { MAX_MAGNET_CHARS, MAX_MAGNET_PEERS, MAX_MAGNET_RANGES } from './constants.ts';
import { formatMagnet } from './format-magnet.ts';
import { MagnetError } from './magnet-error.ts';
import { parseMagnet } from './parse-magnet.ts';

const V1 = '0123456789abcdef0123456789abcdef01234567';
const V2 = V1 + V1.slice(0, 24);
const BTIH = `xt=urn:btih:${V1}`;
const BTMH = `xt=urn:btmh:1220${V2}`;

const bytes = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, 'hex'));

const peer = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
  port: fc.integer({ min: 1, max: 65_535 }),
});
const magnet = fc
  .record(
    {
      infoHashV1: fc.uint8Array({ minLength: 20, maxLength: 20 }).map((hash) => hash as InfoHashV1),
      infoHashV2: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((hash) => hash as InfoHashV2),
      displayName: fc.string({ unit: 'grapheme', maxLength: 20 }),
      trackers: fc.uniqueArray(fc.webUrl({ withQueryParameters: true }), { maxLength: 5 }),
      peers: fc.uniqueArray(peer, { maxLength: 5, selector: ({ host, port }) => `${host} ${port}` }),
    },
    { requiredKeys: ['trackers', 'peers'] },
  )
  .filter(({ infoHashV1, infoHashV2 }) => (infoHashV1 ?? infoHashV2) !== undefined);

describe('a magnet link', () => {
  it('is read back as it was written', () => {
    fc.assert(
      fc.property(magnet, (value) => {
        expect(parseMagnet(formatMagnet(value))).toEqual(value);
      }),
      { seed: 1, numRuns: 500 },
    );
  });

  it('names a v1 torrent, a v2 one, or a hybrid by both hashes', () => {
    const nothing = { trackers: [], peers: [] };
    expect(parseMagnet(`magnet:?${BTIH}`)).toEqual({ infoHashV1: bytes(V1), ...nothing });
    expect(parseMagnet(`magnet:?${BTMH}`)).toEqual({ infoHashV2: bytes(V2), ...nothing });
    const hybrid = { infoHashV1: bytes(V1), infoHashV2: bytes(V2), ...nothing };
    expect(parseMagnet(`magnet:?${BTIH}&${BTMH}`)).toEqual(hybrid);
    expect(parseMagnet(`magnet:?xt.1=urn:btih:${V1}&xt.2=urn:btmh:1220${V2}`)).toEqual(hybrid);
  });

  it('is read in upper case, and with a hash in base32', () => {
    const upper = `MAGNET:?XT=URN:BTIH:${V1.toUpperCase()}`;
    expect(parseMagnet(upper).infoHashV1).toEqual(bytes(V1));
    // RFC 4648 §10: "fooba" is MZXW6YTB.
    const base32 = parseMagnet(`magnet:?xt=urn:btih:${'MZXW6YTB'.repeat(4)}`).infoHashV1;
    expect(Buffer.from(base32!).toString()).toBe('foobafoobafoobafooba');
  });

  it('is written as other clients write it', () => {
    const link = formatMagnet({
      infoHashV1: bytes(V1) as InfoHashV1,
      infoHashV2: bytes(V2) as InfoHashV2,
      displayName: 'web & söhne',
      trackers: ['http://t.example/a?b=c'],
      peers: [
        { host: '192.0.2.1', port: 6881 },
        { host: '2001:db8::1', port: 1 },
      ],
    });
    const tracker = 'tr=http%3A%2F%2Ft.example%2Fa%3Fb%3Dc';
    expect(link).toBe(
      `magnet:?${BTIH}&${BTMH}&dn=web%20%26%20s%C3%B6hne&${tracker}&x.pe=192.0.2.1:6881&x.pe=[2001:db8::1]:1`,
    );
  });

  it('takes the advice it can use, and leaves out the rest', () => {
    const advice =
      'dn=a+b&dn=second&tr=http://a&tr.2=udp%3A%2F%2Fb&tr=&tr=%ff&x.pe=h:1&x.pe=[::1]:2&x.pe=h:0&x.pe=h:65536' +
      '&x.pe=::1:3&x.pe=[::h]:4&x.pe=h&so=1&xt=urn:ed2k:31D6CFE0D16AE931B73C59D7E0C089C0&=&&novalue';
    expect(parseMagnet(`magnet:?${advice}&${BTIH}`)).toEqual({
      infoHashV1: bytes(V1),
      displayName: 'a b',
      trackers: ['http://a', 'udp://b'],
      peers: [
        { host: 'h', port: 1 },
        { host: '::1', port: 2 },
      ],
      selectOnly: [{ first: 1, last: 1 }],
    });
  });

  it('names the files to fetch by their indexes', () => {
    const { selectOnly } = parseMagnet(`magnet:?${BTIH}&so=0,2,4-6,7-3,x,-1,1-,,8-8,300000,99999999999`);
    expect(selectOnly).toEqual([
      { first: 0, last: 0 },
      { first: 2, last: 2 },
      { first: 4, last: 6 },
      { first: 8, last: 8 },
    ]);
    const link = formatMagnet(parseMagnet(`magnet:?${BTIH}&so=0,2-2,4-6`));
    expect(link).toBe(`magnet:?${BTIH}&so=0,2,4-6`);
    expect(parseMagnet(`magnet:?${BTIH}&so=x`).selectOnly).toBeUndefined();
    const many = Array.from({ length: 5_000 }, (_, index) => index).join(',');
    expect(parseMagnet(`magnet:?${BTIH}&so=${many}`).selectOnly).toHaveLength(MAX_MAGNET_RANGES);
  });

  it('is text that can be written again, wherever its name is cut', () => {
    const link = `magnet:?${BTIH}&dn=${'x'.repeat(254)}\u{1F988}&tr=http://\ud83d`;
    const { displayName, trackers } = parseMagnet(link);
    expect(displayName).toBe(`${'x'.repeat(254)}\ufffd`);
    expect(parseMagnet(formatMagnet(parseMagnet(link)))).toMatchObject({ displayName, trackers });
  });

  it('has a bounded number of trackers and peers', () => {
    const many = Array.from({ length: 200 }, (_, index) => `&tr=http://${index}&x.pe=h:${index + 1}`);
    const { trackers, peers } = parseMagnet(`magnet:?${BTIH}${many.join('')}`);
    expect(trackers).toHaveLength(MAX_TRACKERS);
    expect(peers).toHaveLength(MAX_MAGNET_PEERS);
  });

  it.each([
    ['http://example', 'SHOAL_MAGNET_SCHEME'],
    ['magnet:?dn=a', 'SHOAL_MAGNET_NO_HASH'],
    ['magnet:?xt=urn:btih:', 'SHOAL_MAGNET_BAD_HASH'],
    [`magnet:?xt=urn:btih:${V1}0`, 'SHOAL_MAGNET_BAD_HASH'],
    [`magnet:?xt=urn:btih:${'1'.repeat(32)}`, 'SHOAL_MAGNET_BAD_HASH'],
    [`magnet:?xt=urn:btmh:1114${V1}`, 'SHOAL_MAGNET_BAD_HASH'],
    [`magnet:?${BTIH}&xt=urn:btih:${'0'.repeat(40)}`, 'SHOAL_MAGNET_AMBIGUOUS'],
    [`magnet:?${BTIH}&dn=${'x'.repeat(MAX_MAGNET_CHARS)}`, 'SHOAL_MAGNET_TOO_LONG'],
  ])('is refused: %.60s', (uri, code) => {
    expect(() => parseMagnet(uri)).toThrow(expect.objectContaining({ code }));
  });

  it('is refused with a typed error whatever the text is', () => {
    const parameter = fc
      .constantFrom('xt', 'dn', 'tr', 'x.pe', 'xt.1')
      .chain((name) =>
        fc
          .oneof(fc.string(), fc.constantFrom(`urn:btih:${V1}`, 'urn:btmh:12', '%', '[::1]:1'))
          .map((value) => `${name}=${value}`),
      );
    fc.assert(
      fc.property(fc.array(parameter), (parameters) => {
        try {
          parseMagnet(`magnet:?${parameters.join('&')}`);
        } catch (error) {
          expect(error).toBeInstanceOf(MagnetError);
        }
      }),
      { seed: 2, numRuns: 500 },
    );
  });
});
