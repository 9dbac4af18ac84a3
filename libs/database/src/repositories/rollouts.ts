import { sql, type RawBuilder, type SelectQueryBuilder } from 'kysely';
import { pageOf, pageSequenceOf, pageSizeOf, type Page, type PageRequest } from '../pages.ts';
import type { Labels, Queries, RolloutStateName, Schema, TargetStateName } from '../schema.ts';
import { json, now } from '../sql.ts';

/** A rollout to create. */
export interface NewRollout {
  readonly rolloutId: string;
  readonly namespace: string;
  readonly principal: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: Uint8Array;
  readonly selector: Labels;
  /** Bytes each target needs in all. */
  readonly size: bigint;
  /** W3C trace context. */
  readonly traceparent: string;
  /** Chosen by the client; empty for none. */
  readonly idempotencyKey: string;
}

/** A rollout, with its targets counted. */
export interface RolloutView extends Omit<NewRollout, 'idempotencyKey'> {
  readonly state: RolloutStateName;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  readonly seq: bigint;
  readonly targetCount: number;
  readonly activatedCount: number;
  readonly failedCount: number;
}

/** Which rollouts to list. */
export interface RolloutFilter extends PageRequest {
  readonly namespace: string;
  /** Empty: of every artifact. */
  readonly name: string;
}

/**
 * Creates a rollout, or finds the one that the namespace made first with the same idempotency key. Its targets and
 * directives are written in the same transaction, when it was created.
 */
export async function create(
  queries: Queries,
  rollout: NewRollout,
): Promise<{ readonly rolloutId: string; readonly created: boolean }> {
  const row = await queries
    .insertInto('rollouts')
    .values({
      ...rollout,
      selector: json(rollout.selector),
      state: 'running',
      idempotencyKey: rollout.idempotencyKey === '' ? null : rollout.idempotencyKey,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['namespace', 'idempotencyKey'])
        // Not "do nothing": the update makes this statement wait for, and then see, a rollout of a running transaction.
        .doUpdateSet({ idempotencyKey: rollout.idempotencyKey }),
    )
    .returning('rolloutId')
    .executeTakeFirstOrThrow();
  return { rolloutId: row.rolloutId, created: row.rolloutId === rollout.rolloutId };
}

export async function find(
  queries: Queries,
  namespace: string,
  rolloutId: string,
): Promise<RolloutView | undefined> {
  return selectRollouts(queries, namespace).where('rollouts.rolloutId', '=', rolloutId).executeTakeFirst();
}

/**
 * Lists rollouts, newest first.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export async function list(queries: Queries, filter: RolloutFilter): Promise<Page<RolloutView>> {
  const size = pageSizeOf(filter);
  const before = pageSequenceOf(filter);
  let query = selectRollouts(queries, filter.namespace);
  if (filter.name !== '') query = query.where('rollouts.name', '=', filter.name);
  if (before !== undefined) query = query.where('rollouts.seq', '<', before);
  const rows = await query
    .orderBy('rollouts.seq', 'desc')
    .limit(size + 1)
    .execute();
  return pageOf(rows, size, (row) => [row.seq.toString()]);
}

/**
 * Decides a rollout by its targets, once none of them is on its way: failed when one failed, else superseded when one was
 * taken over, else completed. A rollout that failed stays so while its hosts try again, and is decided anew when none of
 * them is on its way; completed and superseded are final.
 * Returns its new state, or undefined when that has not changed. To be called after every change of a target, in the same
 * transaction.
 */
export async function settle(
  queries: Queries,
  namespace: string,
  rolloutId: string,
): Promise<RolloutStateName | undefined> {
  // Two transactions that end the last two targets must not each see the other's still on its way.
  await queries
    .selectFrom('rollouts')
    .select('rolloutId')
    .where('namespace', '=', namespace)
    .where('rolloutId', '=', rolloutId)
    .forUpdate()
    .execute();
  const row = await queries
    .updateTable('rollouts')
    .set({ state: verdict, finishedAt: now })
    .where('namespace', '=', namespace)
    .where('rolloutId', '=', rolloutId)
    .where('state', 'in', ['running', 'failed'])
    .where((eb) => eb.not(hasTarget('pending', 'fetching', 'fetched')))
    .where('state', '!=', verdict)
    .returning('state')
    .executeTakeFirst();
  return row?.state;
}

/** Whether a rollout has a target in one of the states. */
function hasTarget(...states: readonly TargetStateName[]): RawBuilder<boolean> {
  return sql<boolean>`exists (
    select from rollout_targets t where t.rollout_id = rollouts.rollout_id and t.state in (${sql.join(states)})
  )`;
}

/** What a rollout is when none of its targets is on its way. */
const verdict = sql<RolloutStateName>`case
  when ${hasTarget('failed')} then 'failed'
  when ${hasTarget('superseded')} then 'superseded'
  else 'completed' end`;

function selectRollouts(
  queries: Queries,
  namespace: string,
): SelectQueryBuilder<Schema, 'rollouts', RolloutView> {
  return queries
    .selectFrom('rollouts')
    .innerJoinLateral(
      (from) =>
        from
          .selectFrom('rolloutTargets')
          .whereRef('rolloutTargets.rolloutId', '=', 'rollouts.rolloutId')
          .select([
            sql<number>`count(*)::int4`.as('targetCount'),
            sql<number>`(count(*) filter (where rollout_targets.state = 'activated'))::int4`.as(
              'activatedCount',
            ),
            sql<number>`(count(*) filter (where rollout_targets.state = 'failed'))::int4`.as('failedCount'),
          ])
          .as('counts'),
      (join) => join.onTrue(),
    )
    .select([
      'rollouts.rolloutId',
      'rollouts.namespace',
      'rollouts.principal',
      'rollouts.name',
      'rollouts.version',
      'rollouts.contentDigest',
      'rollouts.selector',
      'rollouts.state',
      'rollouts.size',
      'rollouts.traceparent',
      'rollouts.createdAt',
      'rollouts.finishedAt',
      'rollouts.seq',
      'counts.targetCount',
      'counts.activatedCount',
      'counts.failedCount',
    ])
    .where('rollouts.namespace', '=', namespace);
}
