import type { Entries } from '../manifest/manifest.ts';
import type { InfoHashV1, InfoHashV2, WireInfoHash } from './info-hash.ts';
import type { MetainfoFormat } from './profile.ts';

/** What all entries of a metainfo have. */
interface MetainfoEntryBase {
  /** Position in `Metainfo.files`. */
  readonly index: number;
  /** Components below the torrent's root directory (`info.name` is not among them); for a single file: its name. */
  readonly path: readonly string[];
  /** Where the entry starts in piece space (all pieces laid end to end), in bytes. */
  readonly offset: number;
  /** Whether the torrent says so (BEP 47 `h`). */
  readonly hidden?: boolean;
}

/** A regular file of a torrent. */
export interface MetainfoFile extends MetainfoEntryBase {
  readonly kind: 'file';
  /** Bytes. */
  readonly length: number;
  readonly executable: boolean;
  /** SHA-256 Merkle root, 32 bytes; in v2 and hybrid torrents, unless the file is empty (BEP 52). */
  readonly piecesRoot?: Uint8Array;
}

/** A symlink of a torrent (BEP 47). */
export interface MetainfoSymlink extends MetainfoEntryBase {
  readonly kind: 'symlink';
  readonly length: 0;
  /** Components of what it points to, below the torrent's root directory. */
  readonly target: readonly string[];
}

/** An entry of a torrent. Padding is not among them: it shows as a gap between `offset + length` and the next offset. */
export type MetainfoEntry = MetainfoFile | MetainfoSymlink;

/**
 * Piece layers by the lower-case hex of the file's `piecesRoot`: the concatenated 32-byte roots of the file's pieces.
 * Only files longer than a piece have one (BEP 52).
 */
export type PieceLayers = ReadonlyMap<string, Uint8Array>;

/** A parsed and validated metainfo file. */
export interface Metainfo {
  /** `info.name`. */
  readonly name: string;
  readonly format: MetainfoFormat;
  /** Whether stock clients put the one file straight into their download directory, with no directory `name` around. */
  readonly singleFile: boolean;
  /** Made anew whenever they are asked for. */
  readonly files: Entries<MetainfoEntry>;
  /** Bytes. */
  readonly pieceLength: number;
  readonly pieceCount: number;
  /** Payload in bytes, padding not counted. */
  readonly totalSize: number;
  /** Length of piece space in bytes: payload and padding, up to the end of the last piece on the wire. */
  readonly pieceSpaceLength: number;
  /** Concatenated SHA-1 digests of the pieces, 20 bytes each; v1 and hybrid. */
  readonly v1Pieces?: Uint8Array;
  /** Empty in v1; a hybrid may lack some, see `parsePartialMetainfo`. */
  readonly pieceLayers: PieceLayers;
  /** v1 and hybrid. */
  readonly infoHashV1?: InfoHashV1;
  /** v2 and hybrid. */
  readonly infoHashV2?: InfoHashV2;
  /** Hybrid: what clients that read `info` leniently call it, see `lenientInfoHash`. */
  readonly infoHashLenient?: WireInfoHash;
  readonly private: boolean;
  readonly source?: string;
  /** Tracker URLs by tier (BEP 12); a lone `announce` is one tier of one. */
  readonly announceTiers: readonly (readonly string[])[];
  /** URLs of web seeds (BEP 19), HTTP or HTTPS. */
  readonly webSeeds: readonly string[];
  /** The exact bytes of the `info` dictionary: what the info-hashes are of. */
  readonly infoBytes: Uint8Array;
}
