import { sql } from 'kysely';
import { pageKeyOf, pageOf, pageSizeOf, type Page, type PageRequest } from '../pages.ts';
import type { Queries, RolloutTargetRow, TargetStateName, TransferColumn } from '../schema.ts';
import { batches, json, now } from '../sql.ts';

/** A host that a rollout is for, with the revision of the directive written for it. */
export interface NewTarget {
  readonly hostId: string;
  readonly revision: bigint;
}

/** What a host says of its part in a rollout. */
export interface TargetReport {
  readonly namespace: string;
  readonly rolloutId: string;
  readonly hostId: string;
  /** Of the directive the host worked on. */
  readonly revision: bigint;
  readonly state: Exclude<TargetStateName, 'pending' | 'superseded'>;
  readonly transfer: TransferColumn | null;
  readonly errorCode: string;
  readonly errorMessage: string;
  readonly verifiedDigest: Uint8Array | null;
  /** By the host's clock, which never goes back in its reports: orders the reports of one host. */
  readonly reportedAt: Date;
}

/** A target that a report has changed. */
export interface ReportedTarget {
  readonly namespace: string;
  readonly rolloutId: string;
  readonly hostId: string;
}

/** Which rollout. */
export interface RolloutReference {
  readonly namespace: string;
  readonly rolloutId: string;
}

/** Which targets of a rollout to list. */
export interface TargetFilter extends RolloutReference, PageRequest {
  /** Empty: targets in any state. */
  readonly states: readonly TargetStateName[];
}

/** Columns that {@link add} binds for each row. */
const COLUMNS_PER_TARGET = 5;

const currentTransaction = sql<bigint>`pg_current_xact_id()::text::int8`;

/** Adds the targets of a new rollout, all pending. */
export async function add(
  queries: Queries,
  rollout: RolloutReference,
  targets: readonly NewTarget[],
): Promise<void> {
  for (const batch of batches(targets, COLUMNS_PER_TARGET)) {
    await queries
      .insertInto('rolloutTargets')
      .values(batch.map((target) => ({ ...rollout, ...target, state: 'pending' as const })))
      .execute();
  }
}

/**
 * Lists the targets of a rollout, by host id.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export async function list(queries: Queries, filter: TargetFilter): Promise<Page<RolloutTargetRow>> {
  const size = pageSizeOf(filter);
  const after = pageKeyOf(filter, 1)?.[0];
  let query = selectTargets(queries, filter);
  if (filter.states.length > 0) query = query.where('state', 'in', filter.states);
  if (after !== undefined) query = query.where('hostId', '>', after);
  const rows = await query.limit(size + 1).execute();
  return pageOf(rows, size, (row) => [row.hostId]);
}

/**
 * Where a reading of changes starts: a transaction id. What is committed later, or is not to be seen yet, was written by
 * that transaction or a later one.
 */
export async function changeCursor(queries: Queries): Promise<bigint> {
  const horizon = await queries
    .selectNoFrom(sql<bigint>`pg_snapshot_xmin(pg_current_snapshot())::text::int8`.as('cursor'))
    .executeTakeFirstOrThrow();
  return horizon.cursor;
}

/**
 * The targets of a rollout that changed since a {@link changeCursor} was taken, all of them for 0n, in parts of `limit`, by
 * host id. Nothing is missed by a reader that takes a new cursor before each reading, whatever order transactions commit
 * in; what changed in a transaction that overlapped the taking can come twice.
 */
export async function* changesSince(
  queries: Queries,
  rollout: RolloutReference,
  cursor: bigint,
  limit: number,
): AsyncGenerator<readonly RolloutTargetRow[]> {
  const changed = selectTargets(queries, rollout).where('changedIn', '>=', cursor).limit(limit);
  let rows = await changed.execute();
  for (let last = rows.at(-1); last !== undefined; last = rows.at(-1)) {
    yield rows;
    if (rows.length < limit) return;
    rows = await changed.where('hostId', '>', last.hostId).execute();
  }
}

function selectTargets(queries: Queries, { namespace, rolloutId }: RolloutReference) {
  return queries
    .selectFrom('rolloutTargets')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('rolloutId', '=', rolloutId)
    .orderBy('hostId');
}

/**
 * Writes what hosts report, in the order given; one statement for many hosts. Reports come at least once and in any order,
 * so only news is written: of a newer directive, or of the same one and made later. A host that failed and tries again is
 * news like any other. Activated is final for a directive, and is news whenever it was made; superseded is final.
 * Returns the targets for which there was news.
 */
export async function report(
  queries: Queries,
  said: readonly TargetReport[],
): Promise<readonly ReportedTarget[]> {
  const changed: ReportedTarget[] = [];
  for (const round of rounds(said)) changed.push(...(await reportRound(queries, round)));
  return changed;
}

/** Reports of different targets: an update would take just one of several for a row. */
async function reportRound(
  queries: Queries,
  round: readonly TargetReport[],
): Promise<readonly ReportedTarget[]> {
  const { rows } = await sql<ReportedTarget>`
    update rollout_targets as target
    set state = said.state, transfer = said.transfer, error_code = said.error_code,
      error_message = said.error_message, verified_digest = decode(said.verified_digest, 'hex'),
      revision = said.revision, reported_at = said.reported_at, updated_at = ${now}, changed_in = ${currentTransaction}
    from jsonb_to_recordset(${json(round.map(recordOf))}) as said (
      namespace text, rollout_id text, host_id text, revision int8, state text, transfer jsonb, error_code text,
      error_message text, verified_digest text, reported_at timestamptz
    )
    where target.namespace = said.namespace and target.rollout_id = said.rollout_id and target.host_id = said.host_id
      and target.state <> 'superseded'
      and (target.revision < said.revision or (
        target.revision = said.revision and target.state <> 'activated' and (
          said.state = 'activated' or target.reported_at is null or target.reported_at < said.reported_at
        )
      ))
    returning target.namespace, target.rollout_id, target.host_id`.execute(queries);
  return rows;
}

/** A report as a record of the statement above. */
function recordOf(said: TargetReport) {
  return {
    namespace: said.namespace,
    rollout_id: said.rolloutId,
    host_id: said.hostId,
    revision: said.revision.toString(),
    state: said.state,
    transfer: said.transfer,
    error_code: said.errorCode,
    error_message: said.errorMessage,
    verified_digest: said.verifiedDigest === null ? null : Buffer.from(said.verifiedDigest).toString('hex'),
    reported_at: said.reportedAt.toISOString(),
  };
}

/** Cuts reports into runs that hold each target once, and keep the order of those of one target. */
function rounds(said: readonly TargetReport[]): readonly (readonly TargetReport[])[] {
  const cut: TargetReport[][] = [];
  const seen = new Map<string, number>();
  for (const one of said) {
    const target = JSON.stringify([one.namespace, one.rolloutId, one.hostId]);
    const round = seen.get(target) ?? 0;
    seen.set(target, round + 1);
    (cut[round] ??= []).push(one);
  }
  return cut;
}

/** A target that its host has not activated yet. */
export interface OpenTarget {
  readonly rolloutId: string;
  readonly revision: bigint;
  /** The artifact's name. */
  readonly name: string;
  readonly contentDigest: Uint8Array;
  readonly transfer: TransferColumn | null;
}

/** The targets a host has not activated, in rollouts that it was not taken from. */
export async function openOfHost(
  queries: Queries,
  namespace: string,
  hostId: string,
): Promise<readonly OpenTarget[]> {
  return queries
    .selectFrom('rolloutTargets')
    .innerJoin('rollouts', 'rollouts.rolloutId', 'rolloutTargets.rolloutId')
    .select([
      'rolloutTargets.rolloutId',
      'rolloutTargets.revision',
      'rolloutTargets.transfer',
      'rollouts.name',
      'rollouts.contentDigest',
    ])
    .where('rolloutTargets.namespace', '=', namespace)
    .where('rolloutTargets.hostId', '=', hostId)
    .where('rolloutTargets.state', 'in', ['pending', 'fetching', 'fetched', 'failed'])
    .execute();
}

/**
 * Marks the targets that a new rollout takes over: those of the same artifact name, on its hosts, in other rollouts,
 * that are not activated. Returns the rollouts they belong to; the caller settles those.
 */
export async function supersede(
  queries: Queries,
  by: { readonly namespace: string; readonly rolloutId: string; readonly name: string },
): Promise<readonly string[]> {
  const rows = await queries
    .updateTable('rolloutTargets as target')
    .from(['rollouts as rollout', 'rolloutTargets as taker'])
    .set({ state: 'superseded', updatedAt: now, changedIn: currentTransaction })
    .whereRef('rollout.rolloutId', '=', 'target.rolloutId')
    .whereRef('taker.hostId', '=', 'target.hostId')
    .where('target.namespace', '=', by.namespace)
    .where('taker.rolloutId', '=', by.rolloutId)
    .where('rollout.name', '=', by.name)
    .where('target.rolloutId', '!=', by.rolloutId)
    .where('target.state', 'in', ['pending', 'fetching', 'fetched', 'failed'])
    .returning('target.rolloutId')
    .execute();
  return [...new Set(rows.map((row) => row.rolloutId))];
}
