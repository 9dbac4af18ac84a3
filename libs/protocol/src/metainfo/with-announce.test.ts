import { describe, expect, it } from 'vitest';
import { decodeBencode } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import { BASES, type Dict, edited, text } from './edited-torrents.ts';
import { parseMetainfo } from './parse.ts';
import { withAnnounce, withWebSeeds } from './with-announce.ts';

const URL = 'http://tracker/announce';

describe('withAnnounce', () => {
  it.each([
    ['adds', BASES.v2],
    ['replaces', edited('v2', (metainfo) => metainfo.set('announce', text('udp://other')))],
    ['keeps what sorts before and after it', edited('v2', (metainfo) => metainfo.set('a', 1n).set('b', []))],
  ])('%s', (_, before) => {
    const expected = decodeBencode(before, { maxBytes: 1e6, maxDepth: 9, maxTokens: 1e4 }) as Dict;
    expected.set('announce', text(URL));
    const after = withAnnounce(before, URL);
    expect(Buffer.from(after)).toEqual(Buffer.from(encodeBencode(expected)));
    expect(parseMetainfo(after).infoHashV2).toEqual(parseMetainfo(before).infoHashV2);
    expect(parseMetainfo(after).announceTiers).toEqual([[URL]]);
  });

  it('wants a dictionary', () => {
    const list = Buffer.from('le');
    expect(() => withAnnounce(list, URL)).toThrow(
      expect.objectContaining({ code: 'SHOAL_BENCODE_NOT_A_DICTIONARY' }),
    );
  });
});

describe('withWebSeeds', () => {
  const seeds = ['http://a/content/', 'https://b/'];

  it('adds them, and replaces those that are there', () => {
    const once = withWebSeeds(BASES.hybrid, seeds);
    expect(parseMetainfo(once).webSeeds).toEqual(seeds);
    expect(parseMetainfo(once).infoHashV1).toEqual(parseMetainfo(BASES.hybrid).infoHashV1);
    const twice = withWebSeeds(withAnnounce(once, URL), seeds.slice(1));
    expect(parseMetainfo(twice)).toMatchObject({ webSeeds: seeds.slice(1), announceTiers: [[URL]] });
  });
});
