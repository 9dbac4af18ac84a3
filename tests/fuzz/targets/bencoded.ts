import {
  BencodeError,
  BencodeFieldError,
  canonicalManifest,
  createPieceLayout,
  decodeBencode,
  decodeBencodeDictionary,
  encodeBencode,
  filesWithoutLayer,
  joinMetainfo,
  ManifestError,
  type Metainfo,
  MetainfoError,
  parseCanonicalManifest,
  parseMetainfo,
  parsePartialMetainfo,
  requiredLayers,
  withAnnounce,
} from '@shoal/protocol';
import { loadCorpus } from '../corpus.ts';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { weightOf } from '../engine/weight.ts';
import { check, unlessRefused } from './refusals.ts';

/** Any bencoded value: what is taken is canonical, so that it is encoded to the same bytes. */
export function bencodeTarget(): FuzzTarget {
  return {
    name: 'bencode',
    covers: ['decodeBencode', 'decodeBencodeDictionary'],
    corpus: [...loadCorpus('metainfo').values(), ...loadCorpus('announce-responses').values()],
    run(input) {
      const value = unlessRefused(() => decodeBencode(input), BencodeError);
      const dictionary = unlessRefused(() => decodeBencodeDictionary(input), BencodeError);
      if (value === undefined) {
        check(dictionary === undefined, 'no value, but a dictionary');
        return;
      }
      check(weightOf(value) <= 2 * input.length, 'more in it than came');
      check(Buffer.compare(encodeBencode(value), input) === 0, 'encoded otherwise');
      check((dictionary !== undefined) === value instanceof Map, 'a dictionary for one decoder only');
    },
  };
}

/** A metainfo file: v1, v2 or hybrid, with the tables that are made of it; the hybrid also without its piece layers. */
export function metainfoTarget(): FuzzTarget {
  const whole = [...loadCorpus('metainfo').values()];
  const hybrids = whole.map((bytes) => parseMetainfo(bytes)).filter(({ format }) => format === 'hybrid');
  const partial = hybrids.map(({ infoBytes }) =>
    joinMetainfo({ infoBytes, pieceLayers: new Map(), trackers: [] }),
  );
  return {
    name: 'metainfo',
    covers: ['parseMetainfo', 'parsePartialMetainfo', 'withAnnounce'],
    corpus: [...whole, ...partial.map(({ bytes }) => bytes)],
    run(input) {
      unlessRefused(() => withAnnounce(input, 'http://tracker.example/announce'), BencodeError);
      const metainfo = unlessRefused(() => parsePartialMetainfo(input), MetainfoError);
      const isWhole = unlessRefused(() => parseMetainfo(input), MetainfoError) !== undefined;
      const lacksLayers = metainfo !== undefined && filesWithoutLayer(metainfo).length > 0;
      check(isWhole === (metainfo !== undefined && !lacksLayers), 'a metainfo for one parser only');
      if (metainfo === undefined) return;
      // Each piece has a digest in the file, 20 bytes or more, or is all of one of its files.
      check(metainfo.pieceCount <= input.length, 'more pieces than the file has room for');
      check(metainfo.files.length <= input.length, 'more files than the file has room for');
      check(
        weightOf(metainfo.pieceLayers) + weightOf(metainfo.announceTiers) <= 4 * input.length,
        'more in it than came',
      );
      checkPieces(metainfo);
    },
  };
}

/** An `info` dictionary by itself, as peers tell it: what layers it needs. */
export function infoTarget(): FuzzTarget {
  return {
    name: 'info',
    covers: [],
    corpus: [...loadCorpus('metainfo').values()].map((bytes) => parseMetainfo(bytes).infoBytes),
    run(input) {
      const required = unlessRefused(() => requiredLayers(input), MetainfoError);
      check((required?.layers.length ?? 0) * 32 <= input.length, 'more layers than the dictionary has roots');
      for (const { piecesRoot, pieces } of required?.layers ?? []) {
        check(piecesRoot.length === 32 && pieces >= 2, 'a layer of no use');
      }
    },
  };
}

/** Every byte of a file is in one piece. */
function checkPieces(metainfo: Metainfo): void {
  const layout = createPieceLayout(metainfo);
  let bytes = 0;
  for (let piece = 0; piece < layout.pieceCount; piece += 1) {
    const size = layout.pieceSize(piece);
    for (const { fileIndex, fileOffset, length, pieceOffset } of layout.spans(piece)) {
      const file = metainfo.files.at(fileIndex);
      check(file?.kind === 'file' && fileOffset + length <= file.length, 'a span beyond its file');
      check(length > 0 && pieceOffset + length <= size, 'a span beyond its piece');
      bytes += length;
    }
    layout.pieceHash(piece);
  }
  check(bytes === metainfo.totalSize, 'bytes in no piece, or in two');
}

/** A canonical manifest: taken only when it is what its entries are encoded to. */
export function manifestTarget(): FuzzTarget {
  return {
    name: 'manifest',
    covers: ['parseCanonicalManifest'],
    corpus: [loadCorpus('manifests').get('canonical')!],
    run(input) {
      const refusals = [BencodeError, BencodeFieldError, ManifestError];
      const entries = unlessRefused(() => parseCanonicalManifest(input), ...refusals);
      if (entries === undefined) return;
      check(Buffer.compare(canonicalManifest(entries), input) === 0, 'encoded otherwise');
    },
  };
}
