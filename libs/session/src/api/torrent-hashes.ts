/** The wire names of a torrent: v1 (20 bytes), v2 (32 bytes), or both for a hybrid; `hashesOf` tells them of a metainfo. */
export interface TorrentHashes {
  readonly v1?: Uint8Array;
  readonly v2?: Uint8Array;
  /** What else peers call it (20 bytes each): answered to like the others, and dialled with last. */
  readonly aliases?: readonly Uint8Array[];
}
