/** Which generations of the protocol a metainfo speaks: BEP 3, BEP 52, or both at once. */
export type MetainfoFormat = 'v1' | 'v2' | 'hybrid';

/**
 * What, beside the content, makes a swarm: a metainfo is a pure function of a manifest, a name and a profile.
 * `version` is that of this structure, so that stored profiles can be told apart when it grows.
 */
export interface SwarmProfile {
  readonly version: 1;
  readonly format: MetainfoFormat;
  /** Bytes. A power of two, at least 16 KiB. */
  readonly pieceLength: number;
  /** BEP 27: peers come from the trackers alone. */
  readonly private: boolean;
  /** `info.source`: keeps the info-hashes of equal content apart (we put the namespace there). */
  readonly source?: string;
}
