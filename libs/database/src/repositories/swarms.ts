import { sql } from 'kysely';
import type { NewSwarm, Queries, SwarmProfileColumns } from '../schema.ts';

/** A swarm without its metainfo, which can be megabytes. */
export interface SwarmView extends Readonly<SwarmProfileColumns> {
  readonly namespace: string;
  readonly name: string;
  readonly contentDigest: Uint8Array;
  /** 20 bytes; null for a v2-only swarm. */
  readonly infoHashV1: Uint8Array | null;
  /** 32 bytes; null for a v1-only swarm. */
  readonly infoHashV2: Uint8Array | null;
  /** 20 bytes, what lenient clients call a hybrid; null for others. */
  readonly infoHashLenient: Uint8Array | null;
  readonly pieceCount: number;
  /** Bytes of the metainfo. */
  readonly metainfoSize: number;
  /** Made on demand, beside the one that the artifact was published with. */
  readonly side: boolean;
}

/** What names a swarm: a content under a name, with a profile. */
export interface SwarmKey extends Readonly<SwarmProfileColumns> {
  readonly namespace: string;
  readonly name: string;
  readonly contentDigest: Uint8Array;
}

/** An artifact's name and content: what its swarms have in common. */
export interface SwarmOwner {
  readonly namespace: string;
  readonly name: string;
  readonly contentDigest: Uint8Array;
}

/**
 * Stores a swarm; one that is there already is the same, because its metainfo is a function of its key. A side swarm stays
 * one only until an artifact is published with it.
 */
export async function put(queries: Queries, swarm: NewSwarm): Promise<void> {
  const { side = false } = swarm;
  await queries
    .insertInto('swarms')
    .values(swarm)
    .onConflict((conflict) => {
      const known = conflict.constraint('swarms_pkey');
      return side ? known.doNothing() : known.doUpdateSet({ side });
    })
    .execute();
}

/** The swarms of artifacts, for a page of them in one query; of one artifact, the one it was published with comes first. */
export async function ofArtifacts(
  queries: Queries,
  owners: readonly SwarmOwner[],
): Promise<readonly SwarmView[]> {
  if (owners.length === 0) return [];
  return selectSwarms(queries)
    .where((eb) =>
      eb.or(
        owners.map((owner) =>
          eb.and([
            eb('namespace', '=', owner.namespace),
            eb('name', '=', owner.name),
            eb('contentDigest', '=', owner.contentDigest),
          ]),
        ),
      ),
    )
    .orderBy('side')
    .orderBy('seq')
    .execute();
}

/** Bytes `offset` to `offset + length` of a swarm's metainfo; shorter at its end, empty after it. */
export async function readMetainfo(
  queries: Queries,
  swarm: SwarmKey,
  offset: number,
  length: number,
): Promise<Uint8Array> {
  const row = await queries
    .selectFrom('swarms')
    .select(sql<Uint8Array>`substring(metainfo from ${offset + 1}::int4 for ${length}::int4)`.as('chunk'))
    .where('namespace', '=', swarm.namespace)
    .where('name', '=', swarm.name)
    .where('contentDigest', '=', swarm.contentDigest)
    .where('profileVersion', '=', swarm.profileVersion)
    .where('format', '=', swarm.format)
    .where('pieceLength', '=', swarm.pieceLength)
    .where('private', '=', swarm.private)
    .where('source', '=', swarm.source)
    .executeTakeFirst();
  return row?.chunk ?? new Uint8Array();
}

function selectSwarms(queries: Queries) {
  return queries
    .selectFrom('swarms')
    .select([
      'namespace',
      'name',
      'contentDigest',
      'profileVersion',
      'format',
      'pieceLength',
      'private',
      'source',
      'infoHashV1',
      'infoHashV2',
      'infoHashLenient',
      'pieceCount',
      'side',
      sql<number>`octet_length(metainfo)`.as('metainfoSize'),
    ]);
}
