export type { Database } from './database.ts';
export { DatabaseError, type DatabaseErrorCode, type DatabaseErrorDetail } from './errors.ts';
export { createPgliteDatabase, type PgliteOptions } from './pglite-database.ts';
export { createPostgresDatabase, type PostgresOptions } from './postgres-database.ts';
export type { Page, PageRequest } from './pages.ts';
export * as artifacts from './repositories/artifacts.ts';
export * as contents from './repositories/contents.ts';
export * as copies from './repositories/copies.ts';
export * as directives from './repositories/directives.ts';
export * as hosts from './repositories/hosts.ts';
export * as leases from './repositories/leases.ts';
export * as outbox from './repositories/outbox.ts';
export * as rolloutTargets from './repositories/rollout-targets.ts';
export * as rollouts from './repositories/rollouts.ts';
export * as sideSwarms from './repositories/side-swarms.ts';
export * as swarms from './repositories/swarms.ts';
export * as uploads from './repositories/uploads.ts';
export type {
  AppliedRevision,
  CopyRow,
  CopyState,
  DamagedArtifactColumn,
  DirectivePhaseName,
  DirectiveRow,
  HostRole,
  HostRow,
  Labels,
  NewContent,
  NewSwarm,
  OutboxRow,
  Queries,
  RolloutStateName,
  RolloutTargetRow,
  Schema,
  ScrubColumn,
  SideSwarmState,
  SoftwareColumn,
  SwarmFormatName,
  SwarmProfileColumns,
  TargetStateName,
  TransferColumn,
  UploadRow,
  UploadStateName,
} from './schema.ts';
