import { type Insertable, sql } from 'kysely';
import { READ_PART_BYTES } from '../constants.ts';
import type { Labels, Queries, Schema, UploadRow, UploadStateName } from '../schema.ts';
import { json, now } from '../sql.ts';

/** An upload to open. */
export type NewUpload = Omit<
  Insertable<Schema['uploads']>,
  'labels' | 'state' | 'contentDigest' | 'errorCode' | 'createdAt' | 'updatedAt'
> & { readonly labels: Labels };

/** Where an upload goes, and what is known once it is there. */
export type UploadStep =
  | { readonly to: 'staged'; readonly contentDigest: Uint8Array }
  | { readonly to: 'published'; readonly contentDigest: Uint8Array }
  | { readonly to: 'failed'; readonly errorCode: string };

/** The states a step may start from. Published and failed are final. */
const STEPS: Readonly<Record<UploadStep['to'], readonly UploadStateName[]>> = {
  staged: ['open'],
  published: ['open', 'staged'],
  failed: ['open', 'staged'],
};

/** Every column but the manifest, which can be megabytes. */
const COLUMNS = [
  'uploadId',
  'namespace',
  'principal',
  'name',
  'version',
  'labels',
  'manifestDigest',
  'size',
  'profileVersion',
  'format',
  'pieceLength',
  'private',
  'source',
  'seederId',
  'state',
  'contentDigest',
  'errorCode',
  'createdAt',
  'updatedAt',
] as const;

/**
 * Opens an upload, or finds the live one (open or staged) of the same namespace, name, version and manifest that an
 * earlier attempt left. Two callers at once get the same one.
 */
export async function open(
  queries: Queries,
  upload: NewUpload,
): Promise<{ readonly upload: UploadRow; readonly created: boolean }> {
  const created = await queries
    .insertInto('uploads')
    .values({ ...upload, labels: json(upload.labels), state: 'open' })
    .onConflict((conflict) =>
      conflict
        .columns(['namespace', 'name', 'version', 'manifestDigest'])
        .where('state', 'in', ['open', 'staged'])
        // Not "do nothing": the update makes this statement wait for, and then see, an upload of a running transaction.
        .doUpdateSet({ updatedAt: now }),
    )
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
  return { upload: created, created: created.uploadId === upload.uploadId };
}

export async function find(
  queries: Queries,
  namespace: string,
  uploadId: string,
): Promise<UploadRow | undefined> {
  return queries
    .selectFrom('uploads')
    .select(COLUMNS)
    .where('namespace', '=', namespace)
    .where('uploadId', '=', uploadId)
    .executeTakeFirst();
}

/** The live upload (open or staged) of a version and manifest: what {@link open} would find. */
export async function findLive(
  queries: Queries,
  wanted: Pick<UploadRow, 'namespace' | 'name' | 'version' | 'manifestDigest'>,
): Promise<UploadRow | undefined> {
  return queries
    .selectFrom('uploads')
    .select(COLUMNS)
    .where('namespace', '=', wanted.namespace)
    .where('name', '=', wanted.name)
    .where('version', '=', wanted.version)
    .where('manifestDigest', '=', wanted.manifestDigest)
    .where('state', 'in', ['open', 'staged'])
    .executeTakeFirst();
}

/** The manifest as it was stored with the upload, which never changes; read in parts. */
export async function readManifest(
  queries: Queries,
  namespace: string,
  uploadId: string,
): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const start = parts.length * READ_PART_BYTES + 1;
    const row = await queries
      .selectFrom('uploads')
      .select(
        sql<Uint8Array>`substring(manifest from ${start}::int4 for ${READ_PART_BYTES}::int4)`.as('part'),
      )
      .where('namespace', '=', namespace)
      .where('uploadId', '=', uploadId)
      .executeTakeFirst();
    if (row === undefined) return undefined;
    parts.push(row.part);
    if (row.part.length < READ_PART_BYTES) return new Uint8Array(Buffer.concat(parts));
  }
}

/** Takes a live upload one step on. Returns it, or undefined when it was not in a state the step can start from. */
export async function advance(
  queries: Queries,
  namespace: string,
  uploadId: string,
  step: UploadStep,
): Promise<UploadRow | undefined> {
  const { to, ...known } = step;
  return queries
    .updateTable('uploads')
    .set({ state: to, ...known, updatedAt: now })
    .where('namespace', '=', namespace)
    .where('uploadId', '=', uploadId)
    .where('state', 'in', STEPS[to])
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Gives an open upload to another seeder, which starts from nothing. Returns it, or undefined when it is not open. */
export async function reassign(
  queries: Queries,
  namespace: string,
  uploadId: string,
  seederId: string,
): Promise<UploadRow | undefined> {
  return queries
    .updateTable('uploads')
    .set({ seederId, updatedAt: now })
    .where('namespace', '=', namespace)
    .where('uploadId', '=', uploadId)
    .where('state', '=', 'open')
    .returning(COLUMNS)
    .executeTakeFirst();
}
