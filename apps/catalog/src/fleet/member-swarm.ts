import { type artifacts, type Queries, swarms } from '@shoal/database';
import { CatalogError } from '../errors.ts';
import { invalid } from '../requests/check-names.ts';
import { sameBytes, toHex } from '../requests/digests.ts';
import { WIRE_LENGTH, wireHashes } from './grants.ts';

/**
 * The swarm of an artifact that a member asks for by an info-hash on the wire; the main one when that is empty.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST, SHOAL_SWARM_NOT_FOUND
 */
export async function memberSwarm(
  queries: Queries,
  artifact: artifacts.ArtifactView,
  infoHash: Uint8Array,
): Promise<swarms.SwarmView> {
  if (infoHash.length !== 0 && infoHash.length !== WIRE_LENGTH)
    throw invalid('info_hash', `${infoHash.length} bytes long, wanted: ${WIRE_LENGTH}`);
  const all = await swarms.ofArtifacts(queries, [artifact]);
  const [main] = all;
  const found =
    infoHash.length === 0
      ? main
      : all.find((swarm) => wireHashes(swarm).some((hash) => sameBytes(hash, infoHash)));
  if (found !== undefined) return found;
  const message = `${artifact.name}@${artifact.version} has no swarm ${toHex(infoHash)}`;
  throw new CatalogError('SHOAL_SWARM_NOT_FOUND', message);
}
