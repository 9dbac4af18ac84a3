import type { NewContent, Queries } from '../schema.ts';

/** A content without its manifest, which can be megabytes. */
export interface ContentView {
  readonly contentDigest: Uint8Array;
  /** Bytes of all regular files. */
  readonly size: bigint;
  readonly fileCount: number;
}

/** Stores a content; one that is there already is the same, because the digest names it. */
export async function put(queries: Queries, content: NewContent): Promise<void> {
  await queries
    .insertInto('contents')
    .values(content)
    .onConflict((conflict) => conflict.column('contentDigest').doNothing())
    .execute();
}

/**
 * Finds a content that an artifact of the namespace has. Contents are stored once for all namespaces, but whoever has
 * no artifact of one does not learn that it exists.
 */
export async function find(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
): Promise<ContentView | undefined> {
  return visible(queries, namespace, contentDigest)
    .select(['contents.contentDigest', 'contents.size', 'contents.fileCount'])
    .executeTakeFirst();
}

/** The canonical manifest of a content that an artifact of the namespace has. */
export async function readManifest(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
): Promise<Uint8Array | undefined> {
  const row = await visible(queries, namespace, contentDigest).select('contents.manifest').executeTakeFirst();
  return row?.manifest;
}

function visible(queries: Queries, namespace: string, contentDigest: Uint8Array) {
  return queries
    .selectFrom('contents')
    .where('contents.contentDigest', '=', contentDigest)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('artifacts')
          .select('artifacts.seq')
          .whereRef('artifacts.contentDigest', '=', 'contents.contentDigest')
          .where('artifacts.namespace', '=', namespace),
      ),
    );
}
