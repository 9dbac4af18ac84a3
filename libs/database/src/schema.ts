import type { ColumnType, Generated, Insertable, Kysely, RawBuilder, Selectable } from 'kysely';

/**
 * The tables as code sees them: camel case, int8 as bigint, bytea as Uint8Array, timestamptz as Date, jsonb parsed.
 * What each column means and which rules hold is written where it is made, in `migrations/`.
 */
export interface Schema {
  readonly artifacts: ArtifactTable;
  readonly contents: ContentTable;
  readonly swarms: SwarmTable;
  readonly sideSwarms: SideSwarmTable;
  readonly uploads: UploadTable;
  readonly copies: CopyTable;
  readonly leases: LeaseTable;
  readonly hosts: HostTable;
  readonly rollouts: RolloutTable;
  readonly rolloutTargets: RolloutTargetTable;
  readonly directives: DirectiveTable;
  readonly outbox: OutboxTable;
}

/** Where a repository's query runs: the database itself, or the transaction it must be part of. */
export type Queries = Kysely<Schema>;

/** Names with values, as artifacts and hosts carry them and selectors ask for them. */
export type Labels = Readonly<Record<string, string>>;

/** A jsonb column: written through `json()`, because drivers disagree about bare arrays and strings. */
type Json<T> = ColumnType<T, RawBuilder<T>, RawBuilder<T>>;

/** A timestamp the database's clock writes. */
type Stamp = ColumnType<Date, RawBuilder<Date> | undefined, RawBuilder<Date>>;

interface ArtifactTable {
  namespace: string;
  name: string;
  version: string;
  contentDigest: Uint8Array;
  labels: Json<Labels>;
  principal: string;
  publishedAt: Stamp;
  seq: Generated<bigint>;
}

interface ContentTable {
  contentDigest: Uint8Array;
  size: bigint;
  fileCount: number;
  manifest: Uint8Array;
}

/** The formats a swarm's metainfo can have. */
export type SwarmFormatName = 'v1' | 'v2' | 'hybrid';

/** All that a metainfo depends on beside content and name. */
export interface SwarmProfileColumns {
  profileVersion: number;
  format: SwarmFormatName;
  pieceLength: number;
  private: boolean;
  source: string;
}

interface SwarmTable extends SwarmProfileColumns {
  namespace: string;
  name: string;
  contentDigest: Uint8Array;
  infoHashV1: Uint8Array | null;
  infoHashV2: Uint8Array | null;
  infoHashLenient: Uint8Array | null;
  pieceCount: number;
  metainfo: Uint8Array;
  side: Generated<boolean>;
  seq: Generated<bigint>;
}

/** How far a side swarm has come: waits for its metainfo, has it, or cannot have it. */
export type SideSwarmState = 'pending' | 'ready' | 'failed';

interface SideSwarmTable extends SwarmProfileColumns {
  namespace: string;
  name: string;
  contentDigest: Uint8Array;
  principal: string;
  state: SideSwarmState;
  errorCode: Generated<string>;
  claimedBy: Generated<string>;
  createdAt: Stamp;
  expiresAt: ColumnType<Date, RawBuilder<Date>, RawBuilder<Date>>;
  seq: Generated<bigint>;
}

/** How far an upload has come. */
export type UploadStateName = 'open' | 'staged' | 'published' | 'failed';

interface UploadTable extends SwarmProfileColumns {
  uploadId: string;
  namespace: string;
  principal: string;
  name: string;
  version: string;
  labels: Json<Labels>;
  manifest: Uint8Array;
  manifestDigest: Uint8Array;
  size: bigint;
  seederId: string;
  state: UploadStateName;
  contentDigest: Uint8Array | null;
  errorCode: string | null;
  createdAt: Stamp;
  updatedAt: Stamp;
}

/** What a seeder's copy is worth. */
export type CopyState = 'durable' | 'replicating' | 'lost';

interface CopyTable {
  namespace: string;
  contentDigest: Uint8Array;
  seederId: string;
  state: CopyState;
  updatedAt: Stamp;
}

interface LeaseTable {
  name: string;
  holder: string;
  expiresAt: Stamp;
  fence: bigint;
}

/** What a member of the fleet does. */
export type HostRole = 'agent' | 'seeder';

/** A directive revision a host is done with; the digest in hex. */
export interface AppliedRevision {
  readonly name: string;
  readonly revision: string;
  readonly contentDigest: string;
}

/** What a host says of its build. */
export interface SoftwareColumn {
  readonly version: string;
  readonly capabilities: readonly string[];
}

/** How a host's artifacts at rest are, as it said in its last hello. Times are ISO 8601. */
export interface ScrubColumn {
  readonly lastVerifiedAt: string | null;
  readonly damagedArtifacts: number;
  readonly damaged: readonly DamagedArtifactColumn[];
}

/** An artifact that is damaged on a host's disk. */
export interface DamagedArtifactColumn {
  readonly name: string;
  readonly version: string;
  /** Hex. */
  readonly contentDigest: string;
  readonly files: number;
  readonly foundAt: string | null;
  readonly errorCode: string;
  readonly errorMessage: string;
}

interface HostTable {
  namespace: string;
  hostId: string;
  role: HostRole;
  principal: string;
  zone: string;
  rack: string;
  labels: Json<Labels>;
  software: Json<SoftwareColumn>;
  endpoint: string;
  filesUrl: Generated<string>;
  freeBytes: bigint;
  applied: Json<readonly AppliedRevision[]>;
  scrub: Json<ScrubColumn> | null;
  seedingsRevision: Generated<bigint>;
  lastSeenAt: Stamp;
}

/** How far a rollout has come; all but `running` are decided. */
export type RolloutStateName = 'running' | 'completed' | 'failed' | 'superseded';

interface RolloutTable {
  rolloutId: string;
  namespace: string;
  principal: string;
  name: string;
  version: string;
  contentDigest: Uint8Array;
  selector: Json<Labels>;
  state: RolloutStateName;
  size: bigint;
  traceparent: string;
  idempotencyKey: string | null;
  createdAt: Stamp;
  finishedAt: ColumnType<Date | null, undefined, RawBuilder<Date>>;
  seq: Generated<bigint>;
}

/** How far a host has come in a rollout. */
export type TargetStateName = 'pending' | 'fetching' | 'fetched' | 'activated' | 'failed' | 'superseded';

/** How the bytes came to a host; counts as decimal text, because JSON numbers end at 2^53. */
export interface TransferColumn {
  readonly bytesDone: string;
  readonly bytesFromSeeders: string;
  readonly bytesFromPeers: string;
  readonly bytesUploaded: string;
  readonly bytesWasted: string;
  /** Absent in rows of before they were told apart from peers. */
  readonly bytesFromOrigins?: string;
  /** Absent in rows of before there was reuse. */
  readonly bytesReused?: string;
  readonly rate: string;
  readonly elapsedMillis: string;
  readonly peers: number;
  readonly bytesTotal: string;
}

interface RolloutTargetTable {
  rolloutId: string;
  namespace: string;
  hostId: string;
  state: TargetStateName;
  transfer: ColumnType<TransferColumn | null, undefined, RawBuilder<TransferColumn> | null>;
  errorCode: Generated<string>;
  errorMessage: Generated<string>;
  verifiedDigest: Uint8Array | null;
  revision: bigint;
  reportedAt: ColumnType<Date | null, undefined, Date>;
  updatedAt: Stamp;
  changedIn: Generated<bigint>;
}

/** Have it verified on disk, or also make it the live one. */
export type DirectivePhaseName = 'fetch' | 'activate';

interface DirectiveTable {
  namespace: string;
  hostId: string;
  name: string;
  version: string;
  contentDigest: Uint8Array;
  phase: DirectivePhaseName;
  rolloutId: string;
  principal: string;
  revision: Generated<bigint>;
  traceparent: string;
  size: bigint;
}

interface OutboxTable {
  id: Generated<bigint>;
  namespace: string;
  topic: string;
  key: string;
  payload: Uint8Array;
  headers: Json<Labels>;
  messageId: string;
  createdAt: Stamp;
  availableAt: Stamp;
  claimedUntil: ColumnType<Date | null, undefined, RawBuilder<Date> | null>;
  claimedBy: ColumnType<string | null, undefined, string | null>;
  attempts: ColumnType<number, undefined, RawBuilder<number>>;
}

export type DirectiveRow = Selectable<DirectiveTable>;
export type OutboxRow = Selectable<OutboxTable>;
export type NewContent = Insertable<ContentTable>;
export type NewSwarm = Insertable<SwarmTable>;
export type UploadRow = Omit<Selectable<UploadTable>, 'manifest'>;
export type CopyRow = Selectable<CopyTable>;
export type HostRow = Selectable<HostTable>;
export type RolloutTargetRow = Selectable<RolloutTargetTable>;
