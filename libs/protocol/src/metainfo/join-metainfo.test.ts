import { describe, expect, it } from 'vitest';
import { BASES, edited, PIECE, text } from './edited-torrents.ts';
import { joinMetainfo } from './join-metainfo.ts';
import { filesWithoutLayer } from './missing-layers.ts';
import { parseMetainfo, parsePartialMetainfo } from './parse.ts';
import { createPieceLayout } from './piece-layout.ts';
import { requiredLayers } from './required-layers.ts';
import { createTestTorrent, testContent } from './test-torrents.ts';

const FILES = {
  a: testContent(PIECE + 5),
  b: testContent(5 * PIECE, 2),
  copy: testContent(PIECE + 5),
  c: testContent(7),
};

describe.each(['v1', 'v2', 'hybrid'] as const)('a %s metainfo in parts', (format) => {
  const { metainfo } = createTestTorrent({ files: FILES }, { format });
  const { infoBytes, pieceLayers } = metainfo;

  it('tells which layers it needs', () => {
    const { pieceLength, layers } = requiredLayers(infoBytes);
    expect(pieceLength).toBe(PIECE);
    const found = layers.map(({ piecesRoot, pieces }) => [Buffer.from(piecesRoot).toString('hex'), pieces]);
    expect(new Map(found as [string, number][])).toEqual(
      new Map([...pieceLayers].map(([root, layer]) => [root, layer.length / 32])),
    );
    expect(layers).toHaveLength(format === 'v1' ? 0 : 2);
  });

  it('is whole when it is joined, and names the same swarm', () => {
    const joined = joinMetainfo({ infoBytes, pieceLayers, trackers: ['http://a/', 'http://b/'] });
    expect({ ...joined.metainfo, files: [...joined.metainfo.files] }).toEqual({
      ...metainfo,
      files: [...metainfo.files],
      announceTiers: [['http://a/'], ['http://b/']],
    });
    const bare = joinMetainfo({ infoBytes, pieceLayers, trackers: [] });
    expect(bare.metainfo.announceTiers).toEqual([]);
    expect(parseMetainfo(bare.bytes).infoHashV1).toEqual(metainfo.infoHashV1);
  });
});

it('a v2 metainfo is refused without its layers', () => {
  const { infoBytes } = createTestTorrent({ files: FILES }, { format: 'v2' }).metainfo;
  expect(() => joinMetainfo({ infoBytes, pieceLayers: new Map(), trackers: [] })).toThrow(
    expect.objectContaining({ code: 'SHOAL_METAINFO_PIECE_LAYER_MISSING' }),
  );
});

describe('a hybrid without some of its layers', () => {
  const { metainfo: whole } = createTestTorrent({ files: FILES }, { format: 'hybrid' });
  const [known] = whole.pieceLayers;
  const { metainfo, bytes } = joinMetainfo({
    infoBytes: whole.infoBytes,
    pieceLayers: new Map([known!]),
    trackers: [],
  });

  it('names the same swarm, and the files whose layers it lacks, each content once', () => {
    expect(metainfo.infoHashV2).toEqual(whole.infoHashV2);
    expect(filesWithoutLayer(whole)).toEqual([]);
    const lacking = filesWithoutLayer(metainfo);
    expect(lacking).toHaveLength(1);
    expect(Buffer.from(lacking[0]!.piecesRoot!).toString('hex')).not.toBe(known![0]);
    const bare = joinMetainfo({ infoBytes: whole.infoBytes, pieceLayers: new Map(), trackers: [] });
    expect(filesWithoutLayer(bare.metainfo).map(({ path }) => path.join('/'))).toEqual(['a', 'b']);
  });

  it('has its pieces verified by the v1 half where a layer is missing, and by v2 where not', () => {
    const [layout, wholeLayout] = [createPieceLayout(metainfo), createPieceLayout(whole)];
    const lacking = Buffer.from(filesWithoutLayer(metainfo)[0]!.piecesRoot!);
    const kinds = new Set<string>();
    for (let piece = 0; piece < layout.pieceCount; piece += 1) {
      const file = metainfo.files.at(layout.spans(piece)[0]!.fileIndex);
      const isLacking = file?.kind === 'file' && lacking.equals(file.piecesRoot!);
      const digest = whole.v1Pieces!.subarray(piece * 20, piece * 20 + 20);
      const hash = layout.pieceHash(piece);
      expect(hash).toEqual(isLacking ? { kind: 'sha1', digest } : wholeLayout.pieceHash(piece));
      kinds.add(hash.kind);
    }
    expect([...kinds].sort()).toEqual(['sha1', 'sha256-merkle']);
  });

  it('is no metainfo for those who need all of it', () => {
    expect(() => parseMetainfo(bytes)).toThrow(
      expect.objectContaining({ code: 'SHOAL_METAINFO_PIECE_LAYER_MISSING' }),
    );
    expect(filesWithoutLayer(parsePartialMetainfo(bytes))).toHaveLength(1);
  });
});

it('layers of a malformed info dictionary are refused as those of a metainfo file', () => {
  const infoOf = (edit: Parameters<typeof edited>[1]): Uint8Array => {
    const bytes = edited('v2', edit);
    const at = Buffer.from(bytes).indexOf('4:info') + '4:info'.length;
    const end = Buffer.from(bytes).indexOf('12:piece layers');
    return bytes.subarray(at, end);
  };
  expect(requiredLayers(infoOf(() => undefined)).layers).toHaveLength(1);
  expect(requiredLayers(infoOf((_, info) => info.set('name', text('x')))).layers).toHaveLength(1);
  expect(() => requiredLayers(infoOf((_, info) => info.set('piece length', 7n)))).toThrow(
    expect.objectContaining({ code: 'SHOAL_METAINFO_PIECE_LENGTH' }),
  );
  expect(() => requiredLayers(infoOf((_, info) => info.set('file tree', 7n)))).toThrow(
    expect.objectContaining({ code: 'SHOAL_METAINFO_FIELD_TYPE' }),
  );
  expect(() => requiredLayers(BASES.v2.subarray(0, 20))).toThrow(
    expect.objectContaining({ code: 'SHOAL_METAINFO_TRUNCATED' }),
  );
});
