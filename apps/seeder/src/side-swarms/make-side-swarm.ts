import { contentDigest, createMetainfo } from '@shoal/protocol';
import { digestHex } from '@shoal/fleet';
import { type HashPool, hashTree } from '@shoal/session';
import { SideSwarmError } from '../errors.ts';
import type { Trees } from '../seeding/trees.ts';
import type { SideSwarmJob } from './side-swarm-job.ts';

/** Collaborators of {@link makeSideSwarm}. */
export interface MakeSideSwarmComponents {
  readonly pool: HashPool;
  readonly trees: Pick<Trees, 'path'>;
}

/**
 * Makes the metainfo of a side swarm from the stored tree, on the hashing threads. The bytes are checked against the content's
 * roots on the way, so that damage does not get SHA-1 digests of its own: for v1 they are read twice.
 * @throws SideSwarmError SHOAL_SIDE_SWARM_DAMAGED; TreeError, StoreError, MetainfoError; the signal's reason
 */
export async function makeSideSwarm(
  { pool, trees }: MakeSideSwarmComponents,
  job: SideSwarmJob,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const { profile, entries, key } = job;
  const { format, pieceLength } = profile;
  const root = trees.path(job.contentDigest);
  const options = { pool, signal };
  const isV1 = format === 'v1';
  const hashed = await hashTree(root, entries, { format: isV1 ? 'v2' : format, pieceLength }, options);
  if (digestHex(contentDigest(hashed.entries)) !== job.contentDigest) throw damaged(job);
  const pieces = isV1 ? await hashTree(root, entries, { format, pieceLength }, options) : hashed;
  return createMetainfo({
    name: key.name,
    profile,
    entries: hashed.entries,
    ...(!isV1 && { pieceLayers: hashed.pieceLayers }),
    ...(pieces.v1Pieces && { v1Pieces: pieces.v1Pieces }),
  }).bytes;
}

function damaged({ contentDigest: digest, key }: SideSwarmJob): SideSwarmError {
  const message = `the stored tree of ${key.name} is not content ${digest} any more`;
  return new SideSwarmError('SHOAL_SIDE_SWARM_DAMAGED', message);
}
