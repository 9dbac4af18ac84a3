import { readOutermost } from '../bencode/members.ts';
import { METAINFO_LIMITS } from './constants.ts';
import { layOutFiles } from './file-layout.ts';
import { OF_INFO, readFormat, readPieceLength, readPrivate, readV2Entries } from './info.ts';
import { asMetainfoErrors } from './metainfo-error.ts';
import { filesOfSeveralPieces } from './piece-layers.ts';
import type { MetainfoFormat } from './profile.ts';

/** A piece layer that a metainfo needs beside its `info` dictionary (BEP 52). */
export interface RequiredLayer {
  /** SHA-256 Merkle root of the file, 32 bytes. */
  readonly piecesRoot: Uint8Array;
  /** Hashes of the layer: one for each piece of the file, two at least. */
  readonly pieces: number;
}

/** The layers that a torrent needs, each once, and of which pieces they are. */
export interface RequiredLayers {
  readonly format: MetainfoFormat;
  /** Bytes. */
  readonly pieceLength: number;
  /** Peers are to be got from trackers alone (BEP 27). */
  readonly private: boolean;
  readonly layers: readonly RequiredLayer[];
}

/**
 * Tells which piece layers are still to be found of a torrent whose `info` dictionary alone is known, as it is to those
 * who came by a magnet link. None of a v1 torrent.
 * @throws MetainfoError as `parseMetainfo` does, but not for what is wrong with its v1 half
 */
export function requiredLayers(infoBytes: Uint8Array): RequiredLayers {
  return asMetainfoErrors(() => {
    const info = readOutermost(infoBytes, METAINFO_LIMITS, OF_INFO);
    const format = readFormat(info);
    const pieceLength = readPieceLength(info, format);
    const common = { format, pieceLength, private: readPrivate(info) };
    if (format === 'v1') return { ...common, layers: [] };
    const entries = readV2Entries(infoBytes, info);
    // As many pieces as a torrent may have: whoever fetches the layers makes room for them.
    layOutFiles(entries, { format, pieceLength });
    const files = filesOfSeveralPieces(entries, pieceLength);
    const layers = [...files].map(([root, { length }]) => ({
      piecesRoot: new Uint8Array(Buffer.from(root, 'hex')),
      pieces: Math.ceil(length / pieceLength),
    }));
    return { ...common, layers };
  });
}
