import { sql, type SelectQueryBuilder } from 'kysely';
import { pageOf, pageSequenceOf, pageSizeOf, type Page, type PageRequest } from '../pages.ts';
import type { Labels, Queries, Schema } from '../schema.ts';
import { json } from '../sql.ts';

/** A named, versioned build, with what is known of its content. */
export interface ArtifactView {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: Uint8Array;
  readonly labels: Labels;
  readonly principal: string;
  readonly publishedAt: Date;
  /** Grows with each publication. */
  readonly seq: bigint;
  /** Bytes of all regular files. */
  readonly size: bigint;
  readonly fileCount: number;
  /** Seeders of the namespace that hold a durable copy. */
  readonly copies: number;
}

/** An artifact to publish; its content is stored before it. */
export interface NewArtifact {
  readonly namespace: string;
  readonly name: string;
  readonly version: string;
  readonly contentDigest: Uint8Array;
  readonly labels: Labels;
  readonly principal: string;
}

/** Which artifacts to list. */
export interface ArtifactFilter extends PageRequest {
  readonly namespace: string;
  /** Empty: every name. */
  readonly name: string;
  /** Labels they must all carry. */
  readonly labels: Labels;
}

/**
 * Publishes an artifact unless its version exists: published is immutable. Returns the one that is there, whose
 * content the caller compares, and whether this call made it.
 */
export async function publish(
  queries: Queries,
  artifact: NewArtifact,
): Promise<{ readonly artifact: ArtifactView; readonly created: boolean }> {
  const inserted = await queries
    .insertInto('artifacts')
    .values({ ...artifact, labels: json(artifact.labels) })
    .onConflict((conflict) => conflict.columns(['namespace', 'name', 'version']).doNothing())
    .returning('seq')
    .executeTakeFirst();
  const there = await selectArtifacts(queries, artifact.namespace)
    .where('artifacts.name', '=', artifact.name)
    .where('artifacts.version', '=', artifact.version)
    .executeTakeFirstOrThrow();
  return { artifact: there, created: inserted !== undefined };
}

/** Finds one version; with an empty version the one published last. */
export async function find(
  queries: Queries,
  namespace: string,
  name: string,
  version: string,
): Promise<ArtifactView | undefined> {
  const named = selectArtifacts(queries, namespace).where('artifacts.name', '=', name);
  const query =
    version === ''
      ? named.orderBy('artifacts.seq', 'desc').limit(1)
      : named.where('artifacts.version', '=', version);
  return query.executeTakeFirst();
}

/** Finds the artifact of this content that the namespace published last, of one name or, when empty, of any. */
export async function findByContent(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
  name: string,
): Promise<ArtifactView | undefined> {
  let query = selectArtifacts(queries, namespace).where('artifacts.contentDigest', '=', contentDigest);
  if (name !== '') query = query.where('artifacts.name', '=', name);
  return query.orderBy('artifacts.seq', 'desc').limit(1).executeTakeFirst();
}

/**
 * Lists artifacts, newest first.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export async function list(queries: Queries, filter: ArtifactFilter): Promise<Page<ArtifactView>> {
  const size = pageSizeOf(filter);
  const before = pageSequenceOf(filter);
  let query = selectArtifacts(queries, filter.namespace);
  if (filter.name !== '') query = query.where('artifacts.name', '=', filter.name);
  if (Object.keys(filter.labels).length > 0) {
    query = query.where(sql<boolean>`artifacts.labels @> ${json(filter.labels)}`);
  }
  if (before !== undefined) query = query.where('artifacts.seq', '<', before);
  const rows = await query
    .orderBy('artifacts.seq', 'desc')
    .limit(size + 1)
    .execute();
  return pageOf(rows, size, (row) => [row.seq.toString()]);
}

function selectArtifacts(
  queries: Queries,
  namespace: string,
): SelectQueryBuilder<Schema, 'artifacts' | 'contents', ArtifactView> {
  return queries
    .selectFrom('artifacts')
    .innerJoin('contents', 'contents.contentDigest', 'artifacts.contentDigest')
    .select([
      'artifacts.namespace',
      'artifacts.name',
      'artifacts.version',
      'artifacts.contentDigest',
      'artifacts.labels',
      'artifacts.principal',
      'artifacts.publishedAt',
      'artifacts.seq',
      'contents.size',
      'contents.fileCount',
    ])
    .select((select) =>
      select
        .selectFrom('copies')
        .select(sql<number>`count(*)::int4`.as('durable'))
        .whereRef('copies.namespace', '=', 'artifacts.namespace')
        .whereRef('copies.contentDigest', '=', 'artifacts.contentDigest')
        .where('copies.state', '=', 'durable')
        .$asScalar()
        .$notNull()
        .as('copies'),
    )
    .where('artifacts.namespace', '=', namespace);
}
