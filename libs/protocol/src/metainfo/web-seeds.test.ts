import { describe, expect, it } from 'vitest';
import type { BencodeValue } from '../bencode/value.ts';
import { MAX_WEB_SEED_URL_BYTES, MAX_WEB_SEEDS } from './constants.ts';
import { BASES, edited, latin1, text } from './edited-torrents.ts';
import { parseMetainfo } from './parse.ts';
import { createTestTorrent, testContent } from './test-torrents.ts';

function parsed(urlList: BencodeValue): readonly string[] {
  return parseMetainfo(edited('hybrid', (metainfo) => metainfo.set('url-list', urlList))).webSeeds;
}

describe('web seeds', () => {
  it('are one URL, a list of them, or none', () => {
    expect(parsed(text('http://a/x'))).toEqual(['http://a/x']);
    expect(parsed([text('http://a/'), text('https://b:8/c%20d')])).toEqual([
      'http://a/',
      'https://b:8/c%20d',
    ]);
    expect(parsed(text(''))).toEqual([]);
    expect(parseMetainfo(BASES.hybrid).webSeeds).toEqual([]);
  });

  it('are only what HTTP can fetch, each once', () => {
    const others = ['ftp://a/', 'file:///etc/passwd', 'no URL', 'http://', 'http://a/'].map(text);
    expect(parsed([text('http://a/'), ...others, latin1('http://\xff/'), 7n, [text('http://b/')]])).toEqual([
      'http://a/',
    ]);
    expect(parsed(7n)).toEqual([]);
  });

  it('are bounded in length and number', () => {
    const long = `http://a/${'x'.repeat(MAX_WEB_SEED_URL_BYTES)}`;
    const many = Array.from({ length: MAX_WEB_SEEDS + 1 }, (_, index) => text(`http://a/${index}`));
    expect(parsed(text(long))).toEqual([]);
    expect(parsed(many)).toHaveLength(MAX_WEB_SEEDS);
  });

  it('are written as they are given, and leave the swarm as it is', () => {
    const tree = { files: { a: testContent(9) } };
    const webSeeds = ['http://a/', 'https://b/'];
    const { metainfo } = createTestTorrent(tree, { webSeeds });
    expect(metainfo.webSeeds).toEqual(webSeeds);
    expect(metainfo.infoHashV2).toEqual(createTestTorrent(tree).metainfo.infoHashV2);
    expect(() => createTestTorrent(tree, { webSeeds: ['ftp://a/'] })).toThrow(
      expect.objectContaining({ code: 'SHOAL_METAINFO_WEB_SEED' }),
    );
  });
});
