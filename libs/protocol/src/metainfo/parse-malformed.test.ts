import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BencodeValue } from '../bencode/value.ts';
import { METAINFO_LIMITS } from './constants.ts';
import {
  type Base,
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
import { MetainfoError } from './metainfo-error.ts';
import { parseMetainfo } from './parse.ts';

function faultOf(bytes: Uint8Array): string | undefined {
  try {
    parseMetainfo(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    expect(error.message).not.toBe('');
    expect(error.remedy).not.toBe('');
    return error.code.replace('SHOAL_METAINFO_', '');
  }
}

const layers = (metainfo: Dict): Dict => metainfo.get('piece layers') as Dict;
const set =
  (key: string, value: BencodeValue): Edit =>
  (_, info) =>
    info.set(key, value);
const remove =
  (key: string): Edit =>
  (_, info) =>
    info.delete(key);
const setFile =
  (index: number, key: string, value: BencodeValue): Edit =>
  (_, info) =>
    v1File(info, index).set(key, value);
const setNode =
  (path: string[], key: string, value: BencodeValue): Edit =>
  (_, info) =>
    node(info, ...path, '').set(key, value);
const addNode =
  (name: string, value: BencodeValue): Edit =>
  (_, info) =>
    (info.get('file tree') as Dict).set(name, value);
const leaf = (properties: [string, BencodeValue][]): Dict => new Map([['', new Map(properties)]]);
const addPadding =
  (index: number, properties: [string, BencodeValue][]): Edit =>
  (_, info) =>
    (info.get('files') as Dict[]).splice(
      index,
      0,
      new Map<string, BencodeValue>([['attr', text('p')], ...properties]),
    );

const MALFORMED: readonly [string, Base, Edit, string][] = [
  // shape
  ['no info', 'v1', (metainfo) => metainfo.delete('info'), 'FIELD_MISSING'],
  ['info that is a list', 'v1', (metainfo) => metainfo.set('info', []), 'FIELD_TYPE'],
  ['a meta version to come', 'v2', set('meta version', 3n), 'UNSUPPORTED_VERSION'],
  ['a meta version of 1', 'v2', set('meta version', 1n), 'UNSUPPORTED_VERSION'],
  ['a meta version that is text', 'v2', set('meta version', text('2')), 'UNSUPPORTED_VERSION'],
  ['private that is text', 'v1', set('private', text('1')), 'FIELD_TYPE'],
  ['source that is no text', 'v1', set('source', latin1('\xff')), 'FIELD_ENCODING'],
  // name
  ['no name', 'v1', remove('name'), 'FIELD_MISSING'],
  ['a name that is a number', 'v1', set('name', 1n), 'FIELD_TYPE'],
  ['an empty name', 'v1', set('name', text('')), 'INVALID_PATH'],
  ['the name ..', 'v1', set('name', text('..')), 'INVALID_PATH'],
  ['an absolute name', 'v2', set('name', text('/etc')), 'INVALID_PATH'],
  ['a name that is not UTF-8', 'v1', set('name', latin1('\xff')), 'FIELD_ENCODING'],
  // piece length
  ['no piece length', 'v1', remove('piece length'), 'FIELD_MISSING'],
  ['a piece length that is text', 'v1', set('piece length', text('1')), 'FIELD_TYPE'],
  ['a piece length of zero', 'v1', set('piece length', 0n), 'FIELD_RANGE'],
  ['a negative piece length', 'v1', set('piece length', -16384n), 'FIELD_RANGE'],
  ['an enormous piece length', 'v1', set('piece length', 2n ** 62n), 'FIELD_RANGE'],
  ['a v2 piece length that is no power of two', 'v2', set('piece length', 49152n), 'PIECE_LENGTH'],
  ['a v2 piece length below 16 KiB', 'v2', set('piece length', 8192n), 'PIECE_LENGTH'],
  ['a hybrid piece length that is no power of two', 'hybrid', set('piece length', 49152n), 'PIECE_LENGTH'],
  // v1 files
  ['neither length nor files', 'v1', remove('files'), 'FIELD_MISSING'],
  ['both length and files', 'v1', set('length', 5n), 'AMBIGUOUS_FILES'],
  ['no files', 'v1', set('files', []), 'NO_CONTENT'],
  ['files that are a dictionary', 'v1', set('files', new Map()), 'FIELD_TYPE'],
  ['a file that is a list', 'v1', set('files', [[]]), 'FIELD_TYPE'],
  ['no length', 'v1', (_, info) => v1File(info, 0).delete('length'), 'FIELD_MISSING'],
  ['a negative length', 'v1', setFile(0, 'length', -1n), 'FIELD_RANGE'],
  ['a length that is text', 'v1', setFile(0, 'length', text('1')), 'FIELD_TYPE'],
  ['a length beyond 2^53', 'v1', setFile(0, 'length', 2n ** 60n), 'FIELD_RANGE'],
  [
    'lengths that overflow together',
    'v1',
    (_, info) => {
      v1File(info, 0).set('length', 2n ** 53n - 1n);
    },
    'TOO_LARGE',
  ],
  ['a negative total', 'single', set('length', -1n), 'FIELD_RANGE'],
  ['an empty file alone', 'single', set('length', 0n), 'NO_CONTENT'],
  ['no path', 'v1', (_, info) => v1File(info, 0).delete('path'), 'FIELD_MISSING'],
  ['a path that is text', 'v1', setFile(0, 'path', text('a')), 'FIELD_TYPE'],
  ['a path of numbers', 'v1', setFile(0, 'path', [1n]), 'FIELD_TYPE'],
  ['an empty path', 'v1', setFile(0, 'path', []), 'INVALID_PATH'],
  ['an empty component', 'v1', setFile(0, 'path', path('')), 'INVALID_PATH'],
  ['a path that leaves', 'v1', setFile(0, 'path', path('..', 'a')), 'INVALID_PATH'],
  ['a path that leaves within a component', 'v1', setFile(0, 'path', path('../a')), 'INVALID_PATH'],
  ['an absolute path', 'v1', setFile(0, 'path', path('/a')), 'INVALID_PATH'],
  ['a path that is not UTF-8', 'v1', setFile(0, 'path', [latin1('\xc3\x28')]), 'FIELD_ENCODING'],
  ['a bad path.utf-8 beside a good path', 'v1', setFile(0, 'path.utf-8', path('..')), 'INVALID_PATH'],
  ['the same path twice', 'v1', setFile(1, 'path', path('a')), 'DUPLICATE_PATH'],
  ['a file as directory of another', 'v1', setFile(1, 'path', path('a', 'b')), 'FILE_AND_DIRECTORY'],
  ['case twins', 'v1', setFile(1, 'path', path('A')), 'NAME_TWINS'],
  // v1 pieces
  ['no pieces', 'v1', remove('pieces'), 'FIELD_MISSING'],
  ['pieces that are a list', 'v1', set('pieces', []), 'FIELD_TYPE'],
  ['half a digest', 'v1', set('pieces', new Uint8Array(30)), 'PIECES_LENGTH'],
  ['a digest too many', 'v1', set('pieces', new Uint8Array(60)), 'PIECES_LENGTH'],
  ['a digest too few', 'v1', set('pieces', new Uint8Array(20)), 'PIECES_LENGTH'],
  ['more pieces than are read', 'v1', setFile(0, 'length', 2n ** 45n), 'TOO_MANY_PIECES'],
  [
    'pieces of a byte',
    'v1',
    (_, info) => {
      info.set('piece length', 1n);
      v1File(info, 0).set('length', 2n ** 22n);
    },
    'TOO_MANY_PIECES',
  ],
  // symlinks
  ['a symlink without target', 'v1', (_, info) => v1File(info, 3).delete('symlink path'), 'FIELD_MISSING'],
  ['a symlink out of the tree', 'v1', setFile(3, 'symlink path', path('..', 'x')), 'INVALID_TARGET'],
  ['a symlink to an absolute path', 'v1', setFile(3, 'symlink path', path('/etc/passwd')), 'INVALID_TARGET'],
  ['a symlink to nothing', 'v1', setFile(3, 'symlink path', path('x')), 'DANGLING_SYMLINK'],
  ['a symlink to itself', 'v2', setNode(['link'], 'symlink path', path('link')), 'SYMLINK_LOOP'],
  ['a v2 symlink out of the tree', 'v2', setNode(['link'], 'symlink path', path('..')), 'INVALID_TARGET'],
  ['a v2 symlink whose target is text', 'v2', setNode(['link'], 'symlink path', text('a')), 'FIELD_TYPE'],
  // padding
  ['padding as long as a piece', 'v1', addPadding(0, [['length', BigInt(PIECE)]]), 'PADDING'],
  ['padding of negative length', 'v1', addPadding(0, [['length', -1n]]), 'FIELD_RANGE'],
  [
    'padding that is a symlink',
    'v1',
    addPadding(0, [
      ['length', 1n],
      ['attr', text('pl')],
    ]),
    'PADDING',
  ],
  ['padding in a v2 tree', 'v2', setNode(['d', 'b'], 'attr', text('p')), 'INVALID_ATTRIBUTES'],
  // v2 tree
  ['no file tree', 'v2', remove('file tree'), 'FIELD_MISSING'],
  ['a file tree that is a list', 'v2', set('file tree', []), 'FIELD_TYPE'],
  ['an empty file tree', 'v2', set('file tree', new Map()), 'NESTING'],
  ['an empty directory', 'v2', addNode('e', new Map()), 'NESTING'],
  ['a file at the root', 'v2', addNode('', new Map([['length', 0n]])), 'NESTING'],
  [
    'a file that is a directory too',
    'v2',
    (_, info) => node(info, 'd', 'b').set('x', leaf([['length', 0n]])),
    'NESTING',
  ],
  ['a file that is no dictionary', 'v2', addNode('e', 5n), 'FIELD_TYPE'],
  ['properties that are no dictionary', 'v2', addNode('e', new Map([['', 5n]])), 'FIELD_TYPE'],
  ['a v2 name that leaves', 'v2', addNode('..', leaf([['length', 0n]])), 'INVALID_PATH'],
  ['a v2 name with a slash', 'v2', addNode('x/y', leaf([['length', 0n]])), 'INVALID_PATH'],
  ['a v2 name that is not UTF-8', 'v2', addNode('\xff', leaf([['length', 0n]])), 'INVALID_PATH'],
  ['v2 case twins', 'v2', addNode('A', leaf([['length', 0n]])), 'NAME_TWINS'],
  ['no v2 length', 'v2', (_, info) => node(info, 'a', '').delete('length'), 'FIELD_MISSING'],
  ['a negative v2 length', 'v2', setNode(['a'], 'length', -1n), 'FIELD_RANGE'],
  ['a v2 length beyond 2^53', 'v2', setNode(['a'], 'length', 2n ** 62n), 'FIELD_RANGE'],
  ['no root', 'v2', (_, info) => node(info, 'd', 'b', '').delete('pieces root'), 'FIELD_MISSING'],
  [
    'a root of 31 bytes',
    'v2',
    setNode(['d', 'b'], 'pieces root', new Uint8Array(31).fill(1)),
    'INVALID_ROOT',
  ],
  ['a zero root', 'v2', setNode(['d', 'b'], 'pieces root', new Uint8Array(32)), 'INVALID_ROOT'],
  ['a v2 file too large for its pieces', 'v2', setNode(['a'], 'length', 2n ** 50n), 'PIECE_LAYER_MISMATCH'],
  // piece layers
  ['no piece layers', 'v2', (metainfo) => metainfo.delete('piece layers'), 'PIECE_LAYER_MISSING'],
  ['piece layers that are a list', 'v2', (metainfo) => metainfo.set('piece layers', []), 'FIELD_TYPE'],
  [
    'a missing layer',
    'v2',
    (metainfo) => {
      layers(metainfo).clear();
    },
    'PIECE_LAYER_MISSING',
  ],
  ['a layer that is a list', 'v2', (metainfo) => editLayer(metainfo, () => []), 'FIELD_TYPE'],
  [
    'a layer too short',
    'v2',
    (metainfo) => editLayer(metainfo, (layer) => layer.subarray(32)),
    'PIECE_LAYER_MISMATCH',
  ],
  [
    'a layer of broken hashes',
    'v2',
    (metainfo) => editLayer(metainfo, (layer) => layer.subarray(1)),
    'PIECE_LAYER_MISMATCH',
  ],
  [
    'a layer too long',
    'v2',
    (metainfo) => editLayer(metainfo, (layer) => Buffer.concat([layer, layer])),
    'PIECE_LAYER_MISMATCH',
  ],
  [
    'a forged layer',
    'v2',
    (metainfo) => editLayer(metainfo, (layer) => layer.map((byte) => byte ^ 1)),
    'PIECE_LAYER_MISMATCH',
  ],
  [
    'a layer of no file',
    'v2',
    (metainfo) => layers(metainfo).set('x'.repeat(32), new Uint8Array(64)),
    'PIECE_LAYER_UNKNOWN',
  ],
  [
    'a layer under half a root',
    'hybrid',
    (metainfo) => layers(metainfo).set('x', new Uint8Array(64)),
    'PIECE_LAYER_UNKNOWN',
  ],
  // hybrid halves
  ['halves of different lengths', 'hybrid', setNode(['d', 'b'], 'length', 8n), 'HALVES_DIFFER'],
  ['halves of different names', 'hybrid', setFile(0, 'path', path('z')), 'HALVES_DIFFER'],
  ['a file in the v2 half only', 'hybrid', addNode('z', leaf([['length', 0n]])), 'HALVES_DIFFER'],
  ['a file executable in one half only', 'hybrid', setNode(['a'], 'attr', text('x')), 'HALVES_DIFFER'],
  [
    'a symlink that leads elsewhere in one half',
    'hybrid',
    setNode(['link'], 'symlink path', path('d', 'c')),
    'HALVES_DIFFER',
  ],
  [
    'files out of order in one half',
    'hybrid',
    (_, info) => (info.get('files') as Dict[]).reverse(),
    'HALVES_DIFFER',
  ],
  ['files that do not begin a piece', 'hybrid', setFile(1, 'length', 3n), 'PADDING'],
  ['padding in front', 'hybrid', addPadding(0, [['length', 1n]]), 'PADDING'],
  [
    'padding after the end',
    'hybrid',
    (_, info) =>
      (info.get('files') as Dict[]).push(
        new Map<string, BencodeValue>([
          ['attr', text('p')],
          ['length', 1n],
        ]),
      ),
    'PADDING',
  ],
  [
    'a v2 tree beside a v1 single file',
    'hybrid',
    (_, info) => info.delete('files') && info.set('length', 5n),
    'HALVES_DIFFER',
  ],
  ['a hybrid without pieces', 'hybrid', remove('pieces'), 'FIELD_MISSING'],
];

function editLayer(metainfo: Dict, edit: (layer: Uint8Array) => BencodeValue): void {
  for (const [root, layer] of layers(metainfo)) layers(metainfo).set(root, edit(layer as Uint8Array));
}

describe('parseMetainfo: malformed torrents', () => {
  it.each(Object.keys(BASES) as Base[])('takes the %s torrent that the others are made from', (base) => {
    expect(faultOf(edited(base, () => undefined))).toBeUndefined();
  });

  it.each(MALFORMED)('refuses %s (%s)', (_, base, edit, code) => {
    expect(faultOf(edited(base, edit))).toBe(code);
  });

  it.each([
    ['nothing', '', 'TRUNCATED'],
    ['a string', '4:spam', 'NOT_A_DICTIONARY'],
    ['an overlong integer', 'd4:infod6:lengthi05eee', 'INVALID_INTEGER'],
    ['unsorted keys', 'd4:infod4:name1:a6:lengthi1eee', 'UNSORTED_KEYS'],
    ['duplicate keys', 'd4:infode4:infodee', 'DUPLICATE_KEY'],
    ['trailing bytes', 'd4:infodeee', 'TRAILING_BYTES'],
    ['deep nesting', `d4:info${'d1:a'.repeat(200)}`, 'TOO_DEEP'],
  ])('refuses %s', (_, bencoded, code) => {
    expect(faultOf(latin1(bencoded))).toBe(code);
  });

  it('refuses every proper beginning of a torrent', () => {
    const whole = BASES.hybrid;
    for (let end = 0; end < whole.length; end += 1) {
      expect(faultOf(whole.subarray(0, end)), `first ${String(end)} bytes`).toBe('TRUNCATED');
    }
  });

  it('raises nothing but MetainfoError whatever bytes of a torrent change', () => {
    const patch = fc.record({
      at: fc.double({ min: 0, max: 1, noNaN: true }),
      bytes: fc.uint8Array({ maxLength: 4 }),
      cut: fc.nat(4),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(BASES) as Base[])),
        fc.array(patch, { minLength: 1, maxLength: 3 }),
        (base, patches) => {
          let bytes = Buffer.from(BASES[base]);
          for (const { at, bytes: inserted, cut } of patches) {
            const offset = Math.floor(at * bytes.length);
            bytes = Buffer.concat([bytes.subarray(0, offset), inserted, bytes.subarray(offset + cut)]);
          }
          faultOf(bytes);
        },
      ),
      { numRuns: 3000 },
    );
  });

  it('keeps the fault it found below as its cause', () => {
    expect(() => parseMetainfo(edited('v1', setFile(0, 'path', path('..'))))).toThrow(
      expect.objectContaining({
        cause: expect.objectContaining({ code: 'SHOAL_MANIFEST_INVALID_PATH', paths: ['..'] }) as object,
      }),
    );
  });

  it('stops at its limits', () => {
    expect(() => parseMetainfo(BASES.v1, { ...METAINFO_LIMITS, maxBytes: 100 })).toThrow(
      expect.objectContaining({ code: 'SHOAL_METAINFO_TOO_LARGE' }),
    );
  });
});
