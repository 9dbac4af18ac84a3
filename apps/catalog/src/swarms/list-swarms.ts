import type { ListSwarmsRequest, ListSwarmsResponse } from '@shoal/contracts';
import { type Queries, sideSwarms, swarms } from '@shoal/database';
import { findArtifact } from '../artifacts/find-artifact.ts';
import { checkName, checkNamespace, checkVersionOrNewest } from '../requests/check-names.ts';
import { publishedSwarmMessage, sideSwarmMessage } from './swarm-message.ts';
import { isSameSwarm } from './wanted-swarm.ts';

/**
 * The swarms of an artifact (proto: SwarmService): the main one, then side swarms in the order they were asked for.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST, SHOAL_ARTIFACT_NOT_FOUND
 */
export async function listSwarms(
  queries: Queries,
  { namespace, name, version }: ListSwarmsRequest,
): Promise<ListSwarmsResponse> {
  checkNamespace(namespace);
  checkName(name);
  checkVersionOrNewest(version);
  const { artifact } = await findArtifact(queries, namespace, name, version);
  const made = await swarms.ofArtifacts(queries, [artifact]);
  const published = made.filter((swarm) => !swarm.side);
  const sides = await sideSwarms.ofArtifact(queries, artifact);
  const others = sides.filter((side) => !published.some((swarm) => isSameSwarm(swarm, side)));
  return {
    swarms: [
      ...published.map((swarm, index) => publishedSwarmMessage(swarm, index === 0)),
      ...others.map((side) =>
        sideSwarmMessage(
          side,
          made.find((swarm) => isSameSwarm(swarm, side)),
        ),
      ),
    ],
  };
}
