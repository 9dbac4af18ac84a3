import {
  contentDigest,
  createMetainfo,
  type Entries,
  type Metainfo,
  type SwarmProfile,
} from '@shoal/protocol';
import { type DigestHex, digestHex, type SwarmKey, swarmKeyOf } from '@shoal/fleet';
import { type HashedTree, type HashPool, hashTree, hashV1Pieces } from '@shoal/session';
import { UploadError } from '../errors.ts';

/** What an upload turned out to be once all of its bytes were there. */
export interface StagedTree {
  readonly contentDigest: DigestHex;
  readonly swarmKey: SwarmKey;
  /** The metainfo file. */
  readonly metainfo: Uint8Array;
}

export interface TreeInit {
  /** The artifact's name. */
  readonly name: string;
  readonly profile: SwarmProfile;
  /** As the client declared it. */
  readonly manifest: Entries;
  /** Where the tree's files are. */
  readonly root: string;
}

/**
 * Makes the metainfo of an upload from the digests of its bytes.
 * @throws UploadError SHOAL_UPLOAD_CONTENT_MISMATCH, MetainfoError, StoreError
 */
export async function stageTree(pool: HashPool, init: TreeInit, hashed: HashedTree): Promise<StagedTree> {
  const { name, profile, manifest } = init;
  const entries = profile.format === 'v1' ? await rootsOf(pool, init) : hashed.entries;
  checkRoots(entries, manifest);
  const { bytes, metainfo } = createMetainfo({
    name,
    profile,
    entries: profile.format === 'v1' ? manifest : entries,
    pieceLayers: hashed.pieceLayers,
    ...(hashed.v1Pieces && { v1Pieces: hashed.v1Pieces }),
  });
  return {
    contentDigest: digestHex(contentDigest(entries)),
    swarmKey: swarmKeyOf(metainfo),
    metainfo: bytes,
  };
}

/** A tree that came through the swarm of a transfer. */
export interface TransferredTree {
  readonly profile: SwarmProfile;
  /** Of the swarm that it came through. */
  readonly metainfo: Metainfo;
  /** Where the tree's files are. */
  readonly root: string;
}

/**
 * What the metainfo of an upload needs to know of a tree whose Merkle trees are proven: SHA-1 digests are made here, of what
 * is on the disk, since a client's would be nothing but a claim.
 * @throws StoreError
 */
export async function hashesOfTransfer(
  pool: HashPool,
  { root, profile, metainfo }: TransferredTree,
): Promise<HashedTree> {
  const { files: entries, pieceLayers } = metainfo;
  if (profile.format === 'v2') return { entries, pieceLayers };
  return { entries, pieceLayers, v1Pieces: await hashV1Pieces(root, entries, profile, { pool }) };
}

/** A v1 swarm has no Merkle roots, its content is named by them all the same: the files are read once more. */
async function rootsOf(pool: HashPool, { root, manifest, profile }: TreeInit): Promise<Entries> {
  const { pieceLength } = profile;
  return (await hashTree(root, manifest, { format: 'v2', pieceLength }, { pool })).entries;
}

/** Where the client declared a root, the bytes must have it. */
function checkRoots(actual: Entries, declared: Entries): void {
  let index = 0;
  for (const wanted of declared) {
    const found = actual.at(index++);
    if (wanted.kind !== 'file' || wanted.piecesRoot === undefined) continue;
    if (
      found?.kind === 'file' &&
      found.piecesRoot &&
      Buffer.compare(found.piecesRoot, wanted.piecesRoot) === 0
    )
      continue;
    const path = JSON.stringify(wanted.path.join('/'));
    throw new UploadError(
      'SHOAL_UPLOAD_CONTENT_MISMATCH',
      `${path} has other bytes than its pieces_root says`,
    );
  }
}
