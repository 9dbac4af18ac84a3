import { sql } from 'kysely';
import { pageOf, pageSequenceOf, pageSizeOf, type Page, type PageRequest } from '../pages.ts';
import type { CopyRow, CopyState, Queries } from '../schema.ts';
import { now } from '../sql.ts';

/** A copy to record. */
export interface NewCopy {
  readonly namespace: string;
  readonly contentDigest: Uint8Array;
  readonly seederId: string;
  readonly state: CopyState;
}

/** A swarm that a seeder should serve. */
export interface SeedingView {
  readonly namespace: string;
  readonly name: string;
  readonly contentDigest: Uint8Array;
  readonly infoHashV1: Uint8Array | null;
  readonly infoHashV2: Uint8Array | null;
}

/** Which seedings to list. */
export interface SeedingFilter extends PageRequest {
  readonly namespace: string;
  readonly seederId: string;
}

/**
 * Records what a seeder holds of a content, and raises the seeder's seedings revision. Call it in the transaction that
 * changes what the seeder should serve: also when a new swarm of a content it holds was stored.
 */
export async function put(queries: Queries, copy: NewCopy): Promise<void> {
  await queries
    .insertInto('copies')
    .values(copy)
    .onConflict((conflict) =>
      conflict
        .columns(['namespace', 'contentDigest', 'seederId'])
        .doUpdateSet({ state: copy.state, updatedAt: now }),
    )
    .execute();
  await raiseRevision(queries, copy);
}

/** Raises the seedings revision of every holder of a content: in the transaction that changes which swarms it has. */
export async function swarmsChanged(
  transaction: Queries,
  namespace: string,
  contentDigest: Uint8Array,
): Promise<void> {
  // In the order of their ids: two transactions then cannot wait for each other.
  for (const copy of await ofContent(transaction, namespace, contentDigest))
    await raiseRevision(transaction, copy);
}

/** On the seeder's row, so that two transactions take turns: a seeder that read revision n saw everything up to n. */
async function raiseRevision(
  queries: Queries,
  { namespace, seederId }: Pick<NewCopy, 'namespace' | 'seederId'>,
): Promise<void> {
  await queries
    .updateTable('hosts')
    .set({ seedingsRevision: sql<bigint>`seedings_revision + 1` })
    .where('namespace', '=', namespace)
    .where('hostId', '=', seederId)
    .execute();
}

/** Every copy of a content that the namespace has. */
export async function ofContent(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
): Promise<readonly CopyRow[]> {
  return queries
    .selectFrom('copies')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('contentDigest', '=', contentDigest)
    .orderBy('seederId')
    .execute();
}

/**
 * Lists the swarms of which a seeder holds the content durably.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export async function listSeedings(queries: Queries, filter: SeedingFilter): Promise<Page<SeedingView>> {
  const size = pageSizeOf(filter);
  const after = pageSequenceOf(filter);
  let query = queries
    .selectFrom('copies')
    .innerJoin('swarms', (join) =>
      join
        .onRef('swarms.namespace', '=', 'copies.namespace')
        .onRef('swarms.contentDigest', '=', 'copies.contentDigest'),
    )
    .select([
      'swarms.namespace',
      'swarms.name',
      'swarms.contentDigest',
      'swarms.infoHashV1',
      'swarms.infoHashV2',
      'swarms.seq',
    ])
    .where('copies.namespace', '=', filter.namespace)
    .where('copies.seederId', '=', filter.seederId)
    .where('copies.state', '=', 'durable');
  if (after !== undefined) query = query.where('swarms.seq', '>', after);
  const rows = await query
    .orderBy('swarms.seq')
    .limit(size + 1)
    .execute();
  return pageOf(rows, size, (row) => [row.seq.toString()]);
}
