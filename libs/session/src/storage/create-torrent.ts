import { basename } from 'node:path';
import { chooseProfile, createMetainfo, type CreatedMetainfo, type MetainfoFormat } from '@shoal/protocol';
import { hashTree, type HashTreeOptions } from './hash-tree.ts';
import { scanTree } from './scan-tree.ts';

export interface CreateTorrentInit extends HashTreeOptions {
  /** `info.name`. @default the last component of the path */
  readonly name?: string;
  /** @default by the policy of DESIGN §3.2 (`chooseProfile`) */
  readonly format?: MetainfoFormat;
  /** Bytes. @default by the same policy */
  readonly pieceLength?: number;
  /** BEP 27. @default false */
  readonly private?: boolean;
  readonly source?: string;
  /** Tracker URL. */
  readonly announce?: string;
  /** URLs of web seeds (BEP 19). */
  readonly webSeeds?: readonly string[];
}

/**
 * Makes a torrent of a directory or a single file.
 * @throws TreeError, ManifestError, MetainfoError or StoreError, see `scanTree`, `hashTree` and `createMetainfo`
 */
export async function createTorrent(path: string, init: CreateTorrentInit): Promise<CreatedMetainfo> {
  const { root, entries } = await scanTree(path);
  const chosen = chooseProfile(entries, {
    private: init.private ?? false,
    ...(init.format === undefined ? {} : { format: init.format }),
    ...(init.source === undefined ? {} : { source: init.source }),
  });
  const profile = { ...chosen, pieceLength: init.pieceLength ?? chosen.pieceLength };
  const hashed = await hashTree(root, entries, profile, init);
  return createMetainfo({
    name: init.name ?? basename(path),
    profile,
    ...hashed,
    ...(init.announce === undefined ? {} : { announce: init.announce }),
    ...(init.webSeeds === undefined ? {} : { webSeeds: init.webSeeds }),
  });
}
