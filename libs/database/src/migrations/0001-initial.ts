import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * The tables of the first release. One statement an entry: PGlite takes no more at a time.
 * Rules of all tables: namespace and principal from the start, moments by the database's clock, text without null
 * where "none" is the empty text.
 */
const STATEMENTS: readonly string[] = [
  // What is stored: content digest = SHA-256 of the canonical manifest. The same bytes are one row for all namespaces.
  `create table contents (
    content_digest bytea primary key check (octet_length(content_digest) = 32),
    size bigint not null check (size >= 0),
    file_count integer not null check (file_count >= 0),
    manifest bytea not null
  )`,

  // Named, versioned builds; immutable. seq orders publications: "newest" and pages go by it, not by the clock.
  `create table artifacts (
    namespace text not null,
    name text not null,
    version text not null,
    content_digest bytea not null references contents,
    labels jsonb not null,
    principal text not null,
    published_at timestamptz not null default now(),
    seq bigint generated always as identity,
    primary key (namespace, name, version)
  )`,
  `create unique index artifacts_newest on artifacts (namespace, seq)`,
  `create index artifacts_newest_of_name on artifacts (namespace, name, seq)`,
  `create index artifacts_of_content on artifacts (content_digest, namespace)`,
  `create index artifacts_labels on artifacts using gin (labels jsonb_path_ops)`,

  // What distributes a content: its metainfo is a function of content, name and profile. A content may have a swarm
  // for each name, and a name several profiles.
  `create table swarms (
    namespace text not null,
    name text not null,
    content_digest bytea not null references contents,
    profile_version integer not null,
    format text not null check (format in ('v1', 'v2', 'hybrid')),
    piece_length integer not null,
    private boolean not null,
    source text not null,
    info_hash_v1 bytea check (octet_length(info_hash_v1) = 20),
    info_hash_v2 bytea check (octet_length(info_hash_v2) = 32),
    -- What lenient clients call a hybrid; only grants need it.
    info_hash_lenient bytea check (octet_length(info_hash_lenient) = 20),
    piece_count integer not null,
    metainfo bytea not null,
    seq bigint generated always as identity unique,
    primary key (namespace, name, content_digest, profile_version, format, piece_length, private, source),
    check (coalesce(info_hash_v1, info_hash_v2) is not null)
  )`,
  // Not unique: info-hashes cover name and source, so namespaces that use the same source text share them.
  `create index swarms_of_info_hash_v1 on swarms (info_hash_v1)`,
  `create index swarms_of_info_hash_v2 on swarms (info_hash_v2)`,
  `create index swarms_of_content on swarms (namespace, content_digest)`,
  // Stored as it is: hashes do not compress, and a part of an uncompressed value is read without the rest.
  `alter table swarms alter column metainfo set storage external`,

  // Uploads in progress and done. The manifest is as the client sent it, opaque here.
  `create table uploads (
    upload_id text primary key,
    namespace text not null,
    principal text not null,
    name text not null,
    version text not null,
    labels jsonb not null,
    manifest bytea not null,
    manifest_digest bytea not null check (octet_length(manifest_digest) = 32),
    size bigint not null check (size >= 0),
    profile_version integer not null,
    format text not null check (format in ('v1', 'v2', 'hybrid')),
    piece_length integer not null,
    private boolean not null,
    source text not null,
    seeder_id text not null,
    state text not null check (state in ('open', 'staged', 'published', 'failed')),
    content_digest bytea check (octet_length(content_digest) = 32),
    error_code text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    check ((state = 'failed') = (error_code is not null)),
    check (state not in ('staged', 'published') or content_digest is not null)
  )`,
  // At most one live upload of the same version and manifest: a client that tries again finds it.
  `create unique index uploads_live on uploads (namespace, name, version, manifest_digest)
    where state in ('open', 'staged')`,

  // Which seeder holds which content, for whom.
  `create table copies (
    namespace text not null,
    content_digest bytea not null references contents,
    seeder_id text not null,
    state text not null check (state in ('durable', 'replicating', 'lost')),
    updated_at timestamptz not null default now(),
    primary key (namespace, content_digest, seeder_id)
  )`,
  `create index copies_of_seeder on copies (namespace, seeder_id)`,

  // Jobs that one process at a time may do. Rows rather than advisory locks, which PGlite's clients do not share.
  `create table leases (
    name text primary key,
    holder text not null,
    expires_at timestamptz not null,
    fence bigint not null
  )`,

  // Members of the fleet: agents and seeders, as their last hello described them.
  `create table hosts (
    namespace text not null,
    host_id text not null,
    role text not null check (role in ('agent', 'seeder')),
    principal text not null,
    zone text not null,
    rack text not null,
    labels jsonb not null,
    software jsonb not null,
    endpoint text not null,
    free_bytes bigint not null,
    applied jsonb not null,
    seedings_revision bigint not null default 0,
    last_seen_at timestamptz not null default now(),
    primary key (namespace, host_id)
  )`,
  `create index hosts_labels on hosts using gin (labels jsonb_path_ops)`,

  `create table rollouts (
    rollout_id text primary key,
    namespace text not null,
    principal text not null,
    name text not null,
    version text not null,
    content_digest bytea not null references contents,
    selector jsonb not null,
    state text not null check (state in ('running', 'completed', 'failed')),
    size bigint not null,
    traceparent text not null,
    idempotency_key text,
    created_at timestamptz not null default now(),
    finished_at timestamptz,
    seq bigint generated always as identity,
    unique (namespace, idempotency_key),
    check ((state = 'running') = (finished_at is null))
  )`,
  `create unique index rollouts_newest on rollouts (namespace, seq)`,
  `create index rollouts_newest_of_name on rollouts (namespace, name, seq)`,

  // Where each host of a rollout is. revision is that of the directive the state belongs to, reported_at the host's
  // clock, changed_in the transaction that wrote the row last: watchers read on from a transaction id.
  `create table rollout_targets (
    rollout_id text not null references rollouts,
    namespace text not null,
    host_id text not null,
    state text not null
      check (state in ('pending', 'fetching', 'fetched', 'activated', 'failed', 'superseded')),
    transfer jsonb,
    error_code text not null default '',
    error_message text not null default '',
    verified_digest bytea,
    revision bigint not null,
    reported_at timestamptz,
    updated_at timestamptz not null default now(),
    changed_in bigint not null default (pg_current_xact_id()::text::bigint),
    primary key (rollout_id, host_id)
  )`,
  `create index rollout_targets_of_host on rollout_targets (namespace, host_id)`,
  `create index rollout_targets_changed on rollout_targets (rollout_id, changed_in)`,

  // Desired state: one row for each host and artifact name. Revisions come from one sequence, so each host's grow.
  `create table directives (
    namespace text not null,
    host_id text not null,
    name text not null,
    version text not null,
    content_digest bytea not null references contents,
    phase text not null check (phase in ('fetch', 'activate')),
    rollout_id text not null references rollouts,
    principal text not null,
    revision bigint generated by default as identity,
    traceparent text not null,
    size bigint not null,
    primary key (namespace, host_id, name)
  )`,

  // Messages to publish, written by the transaction they tell of.
  `create table outbox (
    id bigint generated always as identity primary key,
    namespace text not null,
    topic text not null,
    key text not null,
    payload bytea not null,
    headers jsonb not null,
    message_id text not null,
    created_at timestamptz not null default now(),
    available_at timestamptz not null default now(),
    claimed_until timestamptz,
    claimed_by text,
    attempts integer not null default 0,
    check ((claimed_until is null) = (claimed_by is null))
  )`,
  `create index outbox_of_key on outbox (namespace, topic, key, id)`,
  `create unique index outbox_one_in_flight on outbox (namespace, topic, key) where claimed_until is not null`,
];

export const initial: Migration = {
  async up(db) {
    for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  },
};
