import { sql, type SelectQueryBuilder } from 'kysely';
import { pageKeyOf, pageOf, pageSizeOf, type Page, type PageRequest } from '../pages.ts';
import type {
  AppliedRevision,
  HostRole,
  HostRow,
  Labels,
  Queries,
  Schema,
  ScrubColumn,
  SoftwareColumn,
} from '../schema.ts';
import { json, now, nowPlus } from '../sql.ts';

/** What a member says of itself in a hello. */
export interface HostHello {
  readonly namespace: string;
  readonly hostId: string;
  readonly role: HostRole;
  readonly principal: string;
  readonly zone: string;
  readonly rack: string;
  readonly labels: Labels;
  readonly software: SoftwareColumn;
  /** host:port of a seeder's gRPC API; empty for agents. */
  readonly endpoint: string;
  /** Base URL of a seeder's files over HTTP; empty where it serves none. */
  readonly filesUrl: string;
  readonly freeBytes: bigint;
  readonly applied: readonly AppliedRevision[];
  /** Undefined for a host that does not verify what it has at rest. */
  readonly scrub?: ScrubColumn | undefined;
}

/** A member of the fleet; `alive` when its last hello is young enough. */
export type HostView = HostRow & { readonly alive: boolean };

/**
 * Which hosts. A selector's labels must all match; the names `host`, `zone` and `rack` are implied by what a host is
 * and shadow labels of its own.
 */
export interface HostFilter extends PageRequest {
  readonly namespace: string;
  readonly selector: Labels;
  /** Milliseconds after its last hello for which a host counts as alive. */
  readonly aliveForMs: number;
}

/** Registers a member or updates what is known of it; its last hello is now. Returns its seedings revision. */
export async function hello(queries: Queries, host: HostHello): Promise<bigint> {
  const { namespace, hostId, ...said } = host;
  const columns = {
    ...said,
    labels: json(host.labels),
    software: json(host.software),
    applied: json(host.applied),
    scrub: host.scrub === undefined ? null : json(host.scrub),
    lastSeenAt: now,
  };
  const row = await queries
    .insertInto('hosts')
    .values({ namespace, hostId, ...columns })
    .onConflict((conflict) => conflict.columns(['namespace', 'hostId']).doUpdateSet(columns))
    .returning('seedingsRevision')
    .executeTakeFirstOrThrow();
  return row.seedingsRevision;
}

export async function find(
  queries: Queries,
  namespace: string,
  hostId: string,
): Promise<HostRow | undefined> {
  return queries
    .selectFrom('hosts')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('hostId', '=', hostId)
    .executeTakeFirst();
}

/**
 * Lists members of every role, by host id.
 * @throws DatabaseError SHOAL_DATABASE_BAD_PAGE
 */
export async function list(queries: Queries, filter: HostFilter): Promise<Page<HostView>> {
  const size = pageSizeOf(filter);
  const after = pageKeyOf(filter, 1)?.[0];
  let query = selected(queries, filter.namespace, filter.selector);
  if (after !== undefined) query = query.where('hosts.hostId', '>', after);
  const rows = await query
    .selectAll()
    .select(isAlive(filter.aliveForMs))
    .orderBy('hosts.hostId')
    .limit(size + 1)
    .execute();
  return pageOf(rows, size, (row) => [row.hostId]);
}

/** The ids of all agents that match a selector, alive or not, ordered: who a rollout is for. */
export async function agentsMatching(
  queries: Queries,
  namespace: string,
  selector: Labels,
): Promise<readonly string[]> {
  const rows = await selected(queries, namespace, selector)
    .select('hosts.hostId')
    .where('hosts.role', '=', 'agent')
    .orderBy('hosts.hostId')
    .execute();
  return rows.map((row) => row.hostId);
}

/** The seeders that are alive, the one with the most free bytes first. */
export async function aliveSeeders(
  queries: Queries,
  namespace: string,
  aliveForMs: number,
): Promise<readonly HostRow[]> {
  return queries
    .selectFrom('hosts')
    .selectAll()
    .where('namespace', '=', namespace)
    .where('role', '=', 'seeder')
    .where('lastSeenAt', '>', nowPlus(-aliveForMs))
    .orderBy('freeBytes', 'desc')
    .orderBy('hostId')
    .execute();
}

/** Base URLs of the seeders that hold a content durably and serve files over HTTP, the one heard of last first. */
export async function fileServers(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
  limit: number,
): Promise<readonly string[]> {
  const rows = await queries
    .selectFrom('copies')
    .innerJoin('hosts', (join) =>
      join.onRef('hosts.namespace', '=', 'copies.namespace').onRef('hosts.hostId', '=', 'copies.seederId'),
    )
    .select('hosts.filesUrl')
    .where('copies.namespace', '=', namespace)
    .where('copies.contentDigest', '=', contentDigest)
    .where('copies.state', '=', 'durable')
    .where('hosts.filesUrl', '!=', '')
    .orderBy('hosts.lastSeenAt', 'desc')
    .limit(limit)
    .execute();
  return rows.map((row) => row.filesUrl);
}

function isAlive(aliveForMs: number) {
  return sql<boolean>`hosts.last_seen_at > ${nowPlus(-aliveForMs)}`.as('alive');
}

function selected(
  queries: Queries,
  namespace: string,
  selector: Labels,
): SelectQueryBuilder<Schema, 'hosts', object> {
  const { host, zone, rack, ...labels } = selector;
  let query = queries.selectFrom('hosts').where('hosts.namespace', '=', namespace);
  if (host !== undefined) query = query.where('hosts.hostId', '=', host);
  if (zone !== undefined) query = query.where('hosts.zone', '=', zone);
  if (rack !== undefined) query = query.where('hosts.rack', '=', rack);
  if (Object.keys(labels).length > 0) query = query.where(sql<boolean>`hosts.labels @> ${json(labels)}`);
  return query;
}
