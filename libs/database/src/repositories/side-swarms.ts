import { sql, type ExpressionBuilder } from 'kysely';
import type { Queries, Schema, SideSwarmState, SwarmProfileColumns } from '../schema.ts';
import { now, nowPlus } from '../sql.ts';
import type { SwarmKey, SwarmOwner } from './swarms.ts';

/** A side swarm that was asked for; a ready one has a row among the swarms too. */
export interface SideSwarmView extends SwarmKey {
  readonly state: SideSwarmState;
  /** Why it could not be made; empty unless it failed. */
  readonly errorCode: string;
  readonly expiresAt: Date;
}

/** A side swarm to register. */
export interface NewSideSwarm {
  readonly key: SwarmKey;
  readonly principal: string;
  /** Milliseconds from now until it is removed, unless it is kept longer meanwhile. */
  readonly lifetimeMs: number;
  /** Side swarms that an artifact's name and content may have. */
  readonly limit: number;
}

/** A seeder that asks for work. */
export interface SideSwarmMaker {
  readonly namespace: string;
  readonly seederId: string;
  /** Milliseconds after its last hello for which another seeder keeps what it claimed. */
  readonly aliveForMs: number;
}

const COLUMNS = [
  'namespace',
  'name',
  'contentDigest',
  'profileVersion',
  'format',
  'pieceLength',
  'private',
  'source',
  'state',
  'errorCode',
  'expiresAt',
] as const;

/**
 * Registers a side swarm, or keeps the one of this key for longer; one that failed is pending again. Returns undefined
 * when there are `limit` others already. Call it in a transaction.
 */
export async function register(
  transaction: Queries,
  { key, principal, lifetimeMs, limit }: NewSideSwarm,
): Promise<SideSwarmView | undefined> {
  // Registrations of one content take turns, so that together they keep to the limit.
  await transaction
    .selectFrom('contents')
    .select('contentDigest')
    .where('contentDigest', '=', key.contentDigest)
    .forNoKeyUpdate()
    .execute();
  const known = await find(transaction, key);
  if (known === undefined) {
    const others = await ofArtifact(transaction, key);
    if (others.length >= limit) return undefined;
  }
  return transaction
    .insertInto('sideSwarms')
    .values({ ...keyOf(key), principal, state: 'pending', expiresAt: nowPlus(lifetimeMs) })
    .onConflict((conflict) =>
      conflict.columns(KEY_COLUMNS).doUpdateSet({
        state: sql<SideSwarmState>`case side_swarms.state when 'failed' then 'pending' else side_swarms.state end`,
        errorCode: '',
        claimedBy: sql<string>`case side_swarms.state when 'failed' then '' else side_swarms.claimed_by end`,
        expiresAt: sql<Date>`greatest(side_swarms.expires_at, excluded.expires_at)`,
      }),
    )
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** Finds a side swarm, whatever its state. */
export async function find(queries: Queries, key: SwarmKey): Promise<SideSwarmView | undefined> {
  return queries
    .selectFrom('sideSwarms')
    .select(COLUMNS)
    .where((eb) => eb.and(keyOf(key)))
    .executeTakeFirst();
}

/** The side swarms of an artifact's name and content, in the order they were asked for. */
export async function ofArtifact(
  queries: Queries,
  { namespace, name, contentDigest }: SwarmOwner,
): Promise<readonly SideSwarmView[]> {
  return queries
    .selectFrom('sideSwarms')
    .select(COLUMNS)
    .where((eb) => eb.and({ namespace, name, contentDigest }))
    .orderBy('seq')
    .execute();
}

/** Whether a seeder would get something from {@link claim}. */
export async function isClaimable(queries: Queries, maker: SideSwarmMaker): Promise<boolean> {
  const row = await queries
    .selectFrom('sideSwarms')
    .select('seq')
    .where((eb) => claimableBy(eb, maker))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Gives a seeder the oldest pending side swarm whose content it holds and that no other seeder that is alive has. */
export async function claim(queries: Queries, maker: SideSwarmMaker): Promise<SideSwarmView | undefined> {
  return queries
    .updateTable('sideSwarms')
    .set({ claimedBy: maker.seederId })
    .where('seq', '=', (eb) =>
      eb
        .selectFrom('sideSwarms')
        .select('seq')
        .where((inner) => claimableBy(inner, maker))
        .orderBy('seq')
        .limit(1)
        .forUpdate()
        .skipLocked(),
    )
    .returning(COLUMNS)
    .executeTakeFirst();
}

/** Ends the making of a pending side swarm. Returns false when it is not pending: made before, or removed. */
export async function settle(
  queries: Queries,
  key: SwarmKey,
  outcome: { readonly state: 'ready' } | { readonly state: 'failed'; readonly errorCode: string },
): Promise<boolean> {
  const row = await queries
    .updateTable('sideSwarms')
    .set({
      state: outcome.state,
      errorCode: outcome.state === 'failed' ? outcome.errorCode : '',
      claimedBy: '',
    })
    .where((eb) => eb.and(keyOf(key)))
    .where('state', '=', 'pending')
    .returning('seq')
    .executeTakeFirst();
  return row !== undefined;
}

/** Keeps a side swarm for `lifetimeMs` from now, or for as long as it would have been kept. */
export async function keep(queries: Queries, key: SwarmKey, lifetimeMs: number): Promise<void> {
  await queries
    .updateTable('sideSwarms')
    .set({ expiresAt: sql<Date>`greatest(expires_at, ${nowPlus(lifetimeMs)})` })
    .where((eb) => eb.and(keyOf(key)))
    .execute();
}

/**
 * Removes a side swarm, with its metainfo if it has one. Returns false when there was none. Call it in a transaction, and
 * tell the holders of the content in it.
 */
export async function remove(transaction: Queries, key: SwarmKey): Promise<boolean> {
  const row = await transaction
    .deleteFrom('sideSwarms')
    .where((eb) => eb.and(keyOf(key)))
    .returning('seq')
    .executeTakeFirst();
  await transaction
    .deleteFrom('swarms')
    .where((eb) => eb.and(keyOf(key)))
    .where('side', '=', true)
    .execute();
  return row !== undefined;
}

/** Side swarms whose time is over, at most `limit`, locked until the transaction ends; those others work on are left out. */
export async function lockExpired(transaction: Queries, limit: number): Promise<readonly SideSwarmView[]> {
  return transaction
    .selectFrom('sideSwarms')
    .select(COLUMNS)
    .where('expiresAt', '<=', now)
    .orderBy('expiresAt')
    .limit(limit)
    .forUpdate()
    .skipLocked()
    .execute();
}

/** Side swarms by state; states that none is in are missing. */
export async function countByState(
  queries: Queries,
): Promise<readonly { readonly state: SideSwarmState; readonly count: number }[]> {
  return queries
    .selectFrom('sideSwarms')
    .select(['state', sql<number>`count(*)::int4`.as('count')])
    .groupBy('state')
    .execute();
}

const KEY_COLUMNS = [
  'namespace',
  'name',
  'contentDigest',
  'profileVersion',
  'format',
  'pieceLength',
  'private',
  'source',
] as const;

function keyOf(key: SwarmKey): SwarmKey & SwarmProfileColumns {
  const { namespace, name, contentDigest, profileVersion, format, pieceLength, source } = key;
  return {
    namespace,
    name,
    contentDigest,
    profileVersion,
    format,
    pieceLength,
    private: key.private,
    source,
  };
}

function claimableBy(
  eb: ExpressionBuilder<Schema, 'sideSwarms'>,
  { namespace, seederId, aliveForMs }: SideSwarmMaker,
) {
  const held = eb
    .selectFrom('copies')
    .select('copies.seederId')
    .whereRef('copies.namespace', '=', 'sideSwarms.namespace')
    .whereRef('copies.contentDigest', '=', 'sideSwarms.contentDigest')
    .where('copies.seederId', '=', seederId)
    .where('copies.state', '=', 'durable');
  const claimer = eb
    .selectFrom('hosts')
    .select('hosts.hostId')
    .whereRef('hosts.namespace', '=', 'sideSwarms.namespace')
    .whereRef('hosts.hostId', '=', 'sideSwarms.claimedBy')
    .where('hosts.hostId', '!=', seederId)
    .where('hosts.lastSeenAt', '>', nowPlus(-aliveForMs));
  return eb.and([
    eb('sideSwarms.namespace', '=', namespace),
    eb('sideSwarms.state', '=', 'pending'),
    eb.exists(held),
    eb.not(eb.exists(claimer)),
  ]);
}
