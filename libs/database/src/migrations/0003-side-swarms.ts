import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Further swarms of an artifact, made on demand with a profile of their own. */
const STATEMENTS: readonly string[] = [
  // False for the swarm an artifact was published with, which comes first among those of its name and content.
  `alter table swarms add column side boolean not null default false`,

  // Side swarms that were asked for. A ready one has its row in swarms, under the same key. claimed_by is the seeder that
  // makes the metainfo, for as long as it is alive.
  `create table side_swarms (
    namespace text not null,
    name text not null,
    content_digest bytea not null references contents,
    profile_version integer not null,
    format text not null check (format in ('v1', 'v2', 'hybrid')),
    piece_length integer not null,
    private boolean not null,
    source text not null,
    principal text not null,
    state text not null check (state in ('pending', 'ready', 'failed')),
    error_code text not null default '',
    claimed_by text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz not null,
    seq bigint generated always as identity,
    primary key (namespace, name, content_digest, profile_version, format, piece_length, private, source),
    check ((state = 'failed') = (error_code <> ''))
  )`,
  `create index side_swarms_pending on side_swarms (namespace, content_digest) where state = 'pending'`,
  `create index side_swarms_expiring on side_swarms (expires_at)`,

  // Where a seeder serves files over HTTP; empty where it does not.
  `alter table hosts add column files_url text not null default ''`,
];

export const sideSwarms: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
