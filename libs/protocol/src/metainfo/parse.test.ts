import { describe, expect, it } from 'vitest';
import { decodeBencode } from '../bencode/decode.ts';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeValue } from '../bencode/value.ts';
import {
  BASES,
  type Dict,
  type Edit,
  edited,
  latin1,
  node,
  path,
  PIECE,
  text,
  v1File,
} from './edited-torrents.ts';
import { parseMetainfo } from './parse.ts';
import { createTestTorrent, testContent } from './test-torrents.ts';

/** Adds a symlink behind the other entries. */
function addLink(info: Dict, format: 'v1' | 'v2', at: readonly string[], target: readonly string[]): void {
  const properties = new Map<string, BencodeValue>([
    ['attr', text('l')],
    ['length', 0n],
    ['symlink path', path(...target)],
  ]);
  if (format === 'v1') {
    (info.get('files') as Dict[]).push(new Map([...properties, ['path', path(...at)]]));
    return;
  }
  node(info, ...at.slice(0, -1)).set(at.at(-1)!, new Map([['', properties]]));
}

describe('parseMetainfo', () => {
  it('ignores fields that only describe, in the torrent and in its files', () => {
    const bytes = edited('v1', (metainfo, info) => {
      metainfo.set('comment', latin1('\xff')).set('created by', text('x')).set('creation date', -1n);
      metainfo
        .set('url-list', text('http://seed/'))
        .set('httpseeds', [])
        .set('nodes', [[text('host'), 1n]]);
      info.set('collections', []).set('similar', []).set('ssl-cert', text('x')).set('file-duration', [1n]);
      v1File(info, 0)
        .set('md5sum', text('0'.repeat(32)))
        .set('mtime', 5n)
        .set('attr', text('z'));
    });
    expect(parseMetainfo(bytes).files).toEqual(parseMetainfo(BASES.v1).files);
  });

  it.each(['v1', 'v2', 'hybrid'] as const)('tells which entries of a %s torrent are hidden', (format) => {
    const bytes = edited(format, (_, info) => {
      if (format !== 'v2') v1File(info, 0).set('attr', text('xh'));
      if (format !== 'v1') node(info, 'a', '').set('attr', text('hx'));
    });
    const [first, second] = parseMetainfo(bytes).files;
    expect(first).toMatchObject({ path: ['a'], hidden: true, executable: true });
    expect(second).not.toHaveProperty('hidden');
  });

  describe('targets of symlinks as libtorrent writes them, from the directory of the link', () => {
    it.each<[string, 'v1' | 'v2', string[], string[], string[]]>([
      ['beside it', 'v1', ['d', 'link'], ['c'], ['d', 'c']],
      ['beside it (v2)', 'v2', ['d', 'link'], ['c'], ['d', 'c']],
      ['above it', 'v1', ['d', 'link'], ['..', 'a'], ['a']],
      ['above it and down again', 'v1', ['d', 'e', 'link'], ['..', '..', 'd', 'b'], ['d', 'b']],
      ['a directory', 'v1', ['d', 'link'], ['..', 'd'], ['d']],
    ])('%s', (_, format, at, target, expected) => {
      const bytes = edited(format, (_metainfo, info) => addLink(info, format, at, target));
      const links = [...parseMetainfo(bytes).files].filter(({ kind }) => kind === 'symlink');
      expect(links.find(({ path: found }) => found.join('/') === at.join('/'))).toMatchObject({
        target: expected,
      });
    });

    it('as BEP 47 says when that leads somewhere too', () => {
      const bytes = edited('v1', (_, info) => {
        v1File(info, 2).set('path', path('d', 'a'));
        addLink(info, 'v1', ['d', 'link'], ['a']);
      });
      const files = [...parseMetainfo(bytes).files];
      expect(files.find(({ path: [first, second] }) => first === 'd' && second === 'link')).toMatchObject({
        target: ['a'],
      });
    });

    it.each([
      ['out of the tree', ['..', '..', 'etc', 'passwd']],
      ['to nothing', ['nothing']],
      ['to the root', ['..']],
    ])('refused %s', (_, target) => {
      const bytes = edited('v1', (_metainfo, info) => addLink(info, 'v1', ['d', 'link'], target));
      expect(() => parseMetainfo(bytes)).toThrow(/leads to|target/);
    });
  });

  it('prefers the UTF-8 forms of names', () => {
    const bytes = edited('v1', (_, info) => {
      info.set('name', latin1('\xe9')).set('name.utf-8', text('é'));
      v1File(info, 0)
        .set('path', [latin1('\xe9')])
        .set('path.utf-8', path('è'));
    });
    const { name, files } = parseMetainfo(bytes);
    expect([name, files.at(0)?.path]).toEqual(['é', ['è']]);
  });

  it('takes any v1 piece length, and files in any order', () => {
    const bytes = edited('v1', (_, info) => {
      info.set('piece length', 40_000n);
      (info.get('files') as Dict[]).reverse();
    });
    const metainfo = parseMetainfo(bytes);
    expect(metainfo).toMatchObject({ pieceLength: 40_000, pieceCount: 2 });
    expect([...metainfo.files].map((file) => file.offset)).toEqual([0, 0, 9, 16]);
  });

  it('takes padding without a path, and a symlink that claims a length', () => {
    const bytes = edited('padded', (_, info) => {
      v1File(info, 1).delete('path');
      v1File(info, 6).set('length', 99n);
    });
    expect(parseMetainfo(bytes).files).toEqual(parseMetainfo(BASES.padded).files);
  });

  it('takes a hybrid without padding at its end', () => {
    const bytes = edited('hybrid', (_, info) => (info.get('files') as Dict[]).splice(5, 1));
    expect(parseMetainfo(bytes)).toMatchObject({ pieceCount: 4, pieceSpaceLength: 3 * PIECE + 9 });
  });

  it('takes v2 torrents without layers when no file needs one', () => {
    const metainfo = decodeBencode(
      createTestTorrent({ files: { a: testContent(9) } }, { format: 'v2' }).bytes,
    ) as Dict;
    metainfo.delete('piece layers');
    expect(parseMetainfo(encodeBencode(metainfo)).pieceLayers.size).toBe(0);
  });

  it('reads trackers by tier, and skips what is none', () => {
    const tiers = (edit: Edit) => parseMetainfo(edited('v1', edit)).announceTiers;
    expect(tiers((metainfo) => metainfo.set('announce', text(' udp://t/ ')))).toEqual([['udp://t/']]);
    const list = [[text('http://a/'), 5n, text('')], text('x'), [], [text('http://b/'), latin1('\xff')]];
    expect(
      tiers((metainfo) => metainfo.set('announce', text('http://c/')).set('announce-list', list)),
    ).toEqual([['http://a/'], ['http://b/']]);
    expect(tiers((metainfo) => metainfo.set('announce', text('http://c/')).set('announce-list', 5n))).toEqual(
      [['http://c/']],
    );
    const many = Array.from({ length: 150 }, () => path('http://a/'));
    expect(tiers((metainfo) => metainfo.set('announce-list', many))).toHaveLength(100);
  });

  it('allocates nothing for what is only declared', () => {
    const layout = parseMetainfo(
      edited('v1', (_, info) => {
        info.set('piece length', 2n ** 27n).set('pieces', new Uint8Array(20 * 8193));
        v1File(info, 0).set('length', 2n ** 40n);
      }),
    );
    expect(layout).toMatchObject({ pieceCount: 8193, totalSize: 2 ** 40 + 16 });
  });
});
