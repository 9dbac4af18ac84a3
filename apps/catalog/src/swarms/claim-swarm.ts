import type { ClaimSwarmRequest, ClaimSwarmResponse } from '@shoal/contracts';
import { contents, sideSwarms } from '@shoal/database';
import { manifestChunks } from '@shoal/fleet';
import { parseCanonicalManifest } from '@shoal/protocol';
import type { CatalogComponents } from '../components.ts';
import { ALIVE_FOR_MS } from '../constants.ts';
import { checkHostId, checkNamespace } from '../requests/check-names.ts';
import { keyMessage } from './swarm-key.ts';

/**
 * The side swarm that a seeder is to make next, with the manifest of its content; nothing when there is none.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST
 */
export async function* claimSwarm(
  { database: { db } }: Pick<CatalogComponents, 'database'>,
  { namespace, seederId }: ClaimSwarmRequest,
): AsyncGenerator<ClaimSwarmResponse> {
  checkNamespace(namespace);
  checkHostId(seederId, 'seeder_id');
  const side = await sideSwarms.claim(db, { namespace, seederId, aliveForMs: ALIVE_FOR_MS });
  if (side === undefined) return;
  const manifest = await contents.readManifest(db, namespace, side.contentDigest);
  if (manifest === undefined) return;
  yield { part: { $case: 'swarm', value: keyMessage(side) } };
  for (const value of manifestChunks(parseCanonicalManifest(manifest))) {
    yield { part: { $case: 'manifest', value } };
  }
}
