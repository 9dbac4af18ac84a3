import { type Queries, rollouts } from '@shoal/database';
import { CatalogError } from '../errors.ts';

/** @throws CatalogError SHOAL_ROLLOUT_NOT_FOUND */
export async function findRollout(
  queries: Queries,
  namespace: string,
  rolloutId: string,
): Promise<rollouts.RolloutView> {
  const rollout = await rollouts.find(queries, namespace, rolloutId);
  if (rollout !== undefined) return rollout;
  throw new CatalogError('SHOAL_ROLLOUT_NOT_FOUND', `namespace ${namespace} has no rollout ${rolloutId}`);
}
