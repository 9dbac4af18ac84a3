import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeBencode } from '../bencode/decode.ts';
import { contentDigest } from '../manifest/canonical.ts';
import { BLOCK_SIZE } from '../wire/constants.ts';
import { createMetainfo, isMetainfoOf } from './create.ts';
import { infoHashHex, wireInfoHashes } from './info-hash.ts';
import { manifestOf } from './manifest-of.ts';
import { parseMetainfo } from './parse.ts';
import { createTestTorrent, testContent, type TestTree } from './test-torrents.ts';

const PIECE = 4 * BLOCK_SIZE;
const TREE: TestTree = {
  files: {
    'bin/run': testContent(PIECE + 1),
    empty: testContent(0),
    'lib/a': testContent(PIECE, 2),
    'lib/b': testContent(10, 3),
  },
  executables: ['bin/run'],
  symlinks: { 'lib/current': 'lib/a', run: 'bin/run' },
};

const anyTree = fc
  .uniqueArray(
    fc.tuple(fc.stringMatching(/^[a-d]{1,2}$/), fc.integer({ min: 0, max: 3 * PIECE }), fc.boolean()),
    {
      selector: ([name]) => name,
      maxLength: 6,
    },
  )
  .map((files): TestTree => ({
    files: Object.fromEntries([
      ['root', testContent(5)],
      ...files.map(([name, n]) => [`d/${name}`, testContent(n, n)] as const),
    ]),
    executables: files.filter(([, , executable]) => executable).map(([name]) => `d/${name}`),
    symlinks: { 'a-link': 'root' },
  }));

describe('createMetainfo', () => {
  it.each(['v1', 'v2', 'hybrid'] as const)('makes a %s torrent that says what went in', (format) => {
    const { metainfo, bytes } = createTestTorrent(TREE, {
      format,
      private: true,
      source: 'team',
      announce: 'http://t/',
    });
    expect(metainfo).toMatchObject({
      name: 'web',
      format,
      singleFile: false,
      pieceLength: PIECE,
      totalSize: 2 * PIECE + 11,
      private: true,
      source: 'team',
      announceTiers: [['http://t/']],
    });
    expect([...metainfo.files].map((file) => file.path.join('/'))).toEqual([
      'bin/run',
      'empty',
      'lib/a',
      'lib/b',
      'lib/current',
      'run',
    ]);
    expect(metainfo.files.at(0)).toMatchObject({
      kind: 'file',
      executable: true,
      offset: 0,
      length: PIECE + 1,
    });
    expect(metainfo.files.at(4)).toMatchObject({ kind: 'symlink', target: ['lib', 'a'], length: 0 });
    expect(parseMetainfo(bytes)).toEqual(metainfo);
    expect(metainfo.infoHashV1 === undefined).toBe(format === 'v2');
    expect(metainfo.infoHashV2 === undefined).toBe(format === 'v1');
  });

  it('is a pure function', () => {
    expect(createTestTorrent(TREE).bytes).toEqual(createTestTorrent(TREE).bytes);
  });

  it('gives equal content another swarm under another source, private flag or piece length, not another tracker', () => {
    const hashOf = (init: Parameters<typeof createTestTorrent>[1]) =>
      wireInfoHashes(createTestTorrent(TREE, init).metainfo).map(infoHashHex).join();
    const swarms = [{}, { source: 'b' }, { private: true }, { pieceLength: 2 * PIECE }, { name: 'api' }].map(
      hashOf,
    );
    expect(new Set(swarms).size).toBe(swarms.length);
    expect(hashOf({ announce: 'http://elsewhere/' })).toBe(swarms[0]);
  });

  it('keeps the content digest whatever the profile', () => {
    const digests = [{}, { format: 'v2' as const }, { pieceLength: 2 * PIECE }, { source: 'b' }].map((init) =>
      Buffer.from(contentDigest(manifestOf(createTestTorrent(TREE, init).metainfo))).toString('hex'),
    );
    expect(new Set(digests).size).toBe(1);
    expect(() => manifestOf(createTestTorrent(TREE, { format: 'v1' }).metainfo)).toThrow(
      expect.objectContaining({ code: 'SHOAL_METAINFO_NO_ROOTS' }),
    );
  });

  it('comes back from parsing for any tree, in every format', () => {
    fc.assert(
      fc.property(anyTree, fc.constantFrom('v1', 'v2', 'hybrid'), fc.boolean(), (tree, format, padded) => {
        const { bytes, metainfo } = createTestTorrent(tree, {
          format,
          ...(format === 'v1' ? { padded } : {}),
        });
        expect(parseMetainfo(bytes)).toEqual(metainfo);
        expect(metainfo.files).toHaveLength(Object.keys(tree.files).length + 1);
      }),
      { numRuns: 60 },
    );
  });

  it('writes a lone file named as the torrent in the single-file form', () => {
    for (const format of ['v1', 'v2', 'hybrid'] as const) {
      const { metainfo } = createTestTorrent(
        { files: { web: testContent(PIECE + 5) }, executables: ['web'] },
        { format },
      );
      expect(metainfo).toMatchObject({ singleFile: true, pieceSpaceLength: PIECE + 5, pieceCount: 2 });
      expect([...metainfo.files]).toMatchObject([{ path: ['web'], executable: true }]);
      const info = decodeBencode(metainfo.infoBytes) as Map<string, unknown>;
      expect(info.has('length')).toBe(format !== 'v2');
      expect(info.has('files')).toBe(false);
    }
    expect(createTestTorrent({ files: { other: testContent(5) } }).metainfo.singleFile).toBe(false);
  });

  it('names a swarm on the wire by v1, then by truncated v2, then as lenient clients do', () => {
    const { metainfo } = createTestTorrent(TREE);
    const [first, second, third] = wireInfoHashes(metainfo);
    expect(first).toEqual(metainfo.infoHashV1);
    expect(second).toEqual(metainfo.infoHashV2?.subarray(0, 20));
    expect(third).toEqual(metainfo.infoHashLenient);
    for (const format of ['v1', 'v2'] as const)
      expect(wireInfoHashes(createTestTorrent(TREE, { format }).metainfo)).toHaveLength(1);
  });

  it('tells its own work from any other, without making it again', () => {
    const init = {
      name: 'web',
      entries: manifestOf(createTestTorrent(TREE).metainfo),
      profile: { version: 1, format: 'v2', pieceLength: PIECE, private: true },
      pieceLayers: createTestTorrent(TREE).metainfo.pieceLayers,
    } as const;
    const { bytes } = createMetainfo(init);
    expect(isMetainfoOf(bytes, init)).toBe(true);
    expect(isMetainfoOf(bytes, { ...init, name: 'wet' })).toBe(false);
    expect(isMetainfoOf(bytes.subarray(0, -1), init)).toBe(false);
    expect(isMetainfoOf(Buffer.concat([bytes, Buffer.from('e')]), init)).toBe(false);
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Uint8Array.from(bytes);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(isMetainfoOf(changed, init)).toBe(false);
    }
  });

  it.each([
    ['piece layers left out', { pieceLayers: new Map() }, 'SHOAL_METAINFO_PIECE_LAYER_MISSING'],
    ['too few v1 digests', { v1Pieces: new Uint8Array(20) }, 'SHOAL_METAINFO_PIECES_LENGTH'],
    ['a name with a slash', { name: 'a/b' }, 'SHOAL_METAINFO_INVALID_PATH'],
    ['no name', { name: '' }, 'SHOAL_METAINFO_INVALID_PATH'],
  ])('refuses %s', (_, init, code) => {
    expect(() => createTestTorrent({ files: TREE.files }, { ...init, pieceLength: PIECE })).toThrow(
      expect.objectContaining({ code }),
    );
  });
});
