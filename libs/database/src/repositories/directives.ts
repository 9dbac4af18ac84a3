import { sql } from 'kysely';
import type { DirectivePhaseName, DirectiveRow, Queries } from '../schema.ts';
import { batches } from '../sql.ts';
import type { NewTarget } from './rollout-targets.ts';

/** What hosts should have, for one artifact name. */
export interface NewDirective {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: Uint8Array;
  readonly phase: DirectivePhaseName;
  readonly rolloutId: string;
  readonly principal: string;
  readonly traceparent: string;
  readonly size: bigint;
}

/** Columns that {@link put} binds for each row. */
const COLUMNS_PER_DIRECTIVE = 10;

/**
 * Gives hosts a directive, in place of the one they had for the same artifact name. Returns each host's new revision.
 * Part of a transaction: the hosts stay locked until it ends, so that a host's revisions become visible in the order
 * in which they grow, and nobody who read a higher one misses a lower.
 */
export async function put(
  transaction: Queries,
  directive: NewDirective,
  hostIds: readonly string[],
): Promise<readonly NewTarget[]> {
  const revisions: NewTarget[] = [];
  for (const batch of batches([...hostIds].sort(), COLUMNS_PER_DIRECTIVE)) {
    await lockHosts(transaction, directive.namespace, batch);
    const rows = await transaction
      .insertInto('directives')
      .values(batch.map((hostId) => ({ ...directive, hostId })))
      .onConflict((conflict) =>
        conflict.columns(['namespace', 'hostId', 'name']).doUpdateSet((set) => ({
          version: set.ref('excluded.version'),
          contentDigest: set.ref('excluded.contentDigest'),
          phase: set.ref('excluded.phase'),
          rolloutId: set.ref('excluded.rolloutId'),
          principal: set.ref('excluded.principal'),
          traceparent: set.ref('excluded.traceparent'),
          size: set.ref('excluded.size'),
          revision: set.ref('excluded.revision'),
        })),
      )
      .returning(['hostId', 'revision'])
      .execute();
    revisions.push(...rows);
  }
  return revisions;
}

/** The directives of hosts, by host and name: for one agent that asks, or for a batch to project. */
export async function ofHosts(
  queries: Queries,
  namespace: string,
  hostIds: readonly string[],
): Promise<readonly DirectiveRow[]> {
  const rows: DirectiveRow[] = [];
  for (const batch of batches(hostIds, 2)) {
    rows.push(
      ...(await queries
        .selectFrom('directives')
        .selectAll()
        .where('namespace', '=', namespace)
        .where('hostId', 'in', batch)
        .orderBy('hostId')
        .orderBy('name')
        .execute()),
    );
  }
  return rows;
}

/** A host that has directives, and the highest revision among them. */
export interface DirectedHost {
  readonly namespace: string;
  readonly hostId: string;
  readonly revision: bigint;
}

/** The next `limit` hosts that have directives, by namespace and host; `after` is the last one of the call before. */
export async function directedHosts(
  queries: Queries,
  after: Pick<DirectedHost, 'namespace' | 'hostId'> | undefined,
  limit: number,
): Promise<readonly DirectedHost[]> {
  let query = queries
    .selectFrom('directives')
    .select(['namespace', 'hostId'])
    .select((select) => select.fn.max('revision').as('revision'));
  if (after !== undefined) {
    query = query.where((where) =>
      where.eb(where.refTuple('namespace', 'hostId'), '>', where.tuple(after.namespace, after.hostId)),
    );
  }
  return query.groupBy(['namespace', 'hostId']).orderBy('namespace').orderBy('hostId').limit(limit).execute();
}

/** All hosts take their locks in the order of their ids, so that two rollouts cannot wait for each other. */
async function lockHosts(transaction: Queries, namespace: string, hostIds: readonly string[]): Promise<void> {
  await transaction
    .selectFrom('hosts')
    .select(sql`1`.as('locked'))
    .where('namespace', '=', namespace)
    .where('hostId', 'in', hostIds)
    .orderBy('hostId')
    .forNoKeyUpdate()
    .execute();
}
