import { sql } from 'kysely';
import { DatabaseError } from '../errors.ts';
import type { Labels, OutboxRow, Queries } from '../schema.ts';
import { batches, json, now, nowPlus } from '../sql.ts';

/** A message to be published once the transaction that wrote it has committed. */
export interface NewOutboxMessage {
  readonly namespace: string;
  /** Says what the worker does with it. */
  readonly topic: string;
  /** Messages of the same namespace, topic and key are published one after the other, in the order of their ids. */
  readonly key: string;
  readonly payload: Uint8Array;
  /** Trace context and the like. */
  readonly headers: Labels;
  /** Stays the same when it is published again. */
  readonly messageId: string;
}

/** How much waits, for metrics and readiness. */
export interface OutboxBacklog {
  readonly messages: number;
  /** Age of the oldest one in milliseconds; 0 when none waits. */
  readonly oldestMs: number;
}

/** Columns that {@link add} binds for each row. */
const COLUMNS_PER_MESSAGE = 6;

/** Adds messages, in order. Part of the transaction whose effect they tell of. */
export async function add(transaction: Queries, messages: readonly NewOutboxMessage[]): Promise<void> {
  for (const batch of batches(messages, COLUMNS_PER_MESSAGE)) {
    await transaction
      .insertInto('outbox')
      .values(batch.map((message) => ({ ...message, headers: json(message.headers) })))
      .execute();
  }
}

/**
 * Claims at most `limit` messages for `claimMs`, oldest first; nobody else gets them in that time. Of each key only the
 * oldest message can be claimed, so two of a key are never in flight together. A claim that ran out can be taken over.
 *
 * Ids are handed out before transactions commit: a low one can appear after a higher one was published. So nothing
 * is remembered of the ids seen; whatever is there and free is claimed.
 */
export async function claim(
  queries: Queries,
  worker: string,
  limit: number,
  claimMs: number,
): Promise<readonly OutboxRow[]> {
  try {
    const rows = await queries
      // A table expression of its own: a sub-select with a limit can run once for each row when it is joined.
      .with('picked', (from) => claimable(from).limit(limit).forUpdate().skipLocked())
      .updateTable('outbox')
      .from('picked')
      .set({ claimedBy: worker, claimedUntil: nowPlus(claimMs), attempts: sql<number>`attempts + 1` })
      .whereRef('outbox.id', '=', 'picked.id')
      .returningAll('outbox')
      .execute();
    return rows.sort((a, b) => Number(a.id - b.id));
  } catch (error) {
    // A message of the same key appeared with a lower id while this statement ran, and another worker claimed it:
    // the index outbox_one_in_flight refused the second. The next claim sees both.
    if (error instanceof DatabaseError && error.constraint === 'outbox_one_in_flight') return [];
    throw error;
  }
}

/** Messages whose claim ran out, and unclaimed ones with no older and no claimed message of their key beside them. */
function claimable(queries: Pick<Queries, 'selectFrom'>) {
  return queries
    .selectFrom('outbox as free')
    .select('free.id')
    .where('free.availableAt', '<=', now)
    .where((eb) =>
      eb.or([
        eb('free.claimedUntil', '<=', now),
        eb.and([
          eb('free.claimedUntil', 'is', null),
          eb.not(
            eb.exists(
              eb
                .selectFrom('outbox as other')
                .select('other.id')
                .whereRef('other.namespace', '=', 'free.namespace')
                .whereRef('other.topic', '=', 'free.topic')
                .whereRef('other.key', '=', 'free.key')
                .whereRef('other.id', '!=', 'free.id')
                .where((other) =>
                  other.or([
                    other('other.id', '<', other.ref('free.id')),
                    other('other.claimedUntil', 'is not', null),
                  ]),
                ),
            ),
          ),
        ]),
      ]),
    )
    .orderBy('free.id');
}

/** Removes published messages, unless their claim has gone to another worker meanwhile. */
export async function complete(queries: Queries, worker: string, ids: readonly bigint[]): Promise<void> {
  for (const batch of batches(ids, 1)) {
    await queries.deleteFrom('outbox').where('id', 'in', batch).where('claimedBy', '=', worker).execute();
  }
}

/** Gives a message back after a failure; it can be claimed again in `delayMs`. Later ones of its key wait for it. */
export async function retryLater(
  queries: Queries,
  worker: string,
  id: bigint,
  delayMs: number,
): Promise<void> {
  await queries
    .updateTable('outbox')
    .set({ claimedBy: null, claimedUntil: null, availableAt: nowPlus(delayMs) })
    .where('id', '=', id)
    .where('claimedBy', '=', worker)
    .execute();
}

export async function backlog(queries: Queries): Promise<OutboxBacklog> {
  return queries
    .selectFrom('outbox')
    .select([
      sql<number>`count(*)::int4`.as('messages'),
      sql<number>`coalesce(extract(epoch from now() - min(created_at)) * 1000, 0)::float8`.as('oldestMs'),
    ])
    .executeTakeFirstOrThrow();
}
