import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_CATALOG_INVALID_REQUEST: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Correct the named field of the request.',
  },
  SHOAL_CATALOG_STOPPING: {
    status: Status.UNAVAILABLE,
    remedy: 'The catalog is stopping: call again in a moment.',
  },
  SHOAL_CATALOG_BUSY: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Try again in some seconds; look at the load of the database.',
  },
  SHOAL_CATALOG_BUS_AWAY: {
    status: Status.UNAVAILABLE,
    remedy: 'Check that the NATS server runs. Until then rollouts wait in the database and agents poll.',
  },
  SHOAL_CATALOG_NO_DATABASE: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Give --database postgresql://…, or run everything in one process with `shoal up`.',
  },
  SHOAL_ARTIFACT_NOT_FOUND: {
    status: Status.NOT_FOUND,
    remedy: 'List what there is with `shoal ls`; names and versions are case sensitive.',
  },
  SHOAL_ARTIFACT_VERSION_TAKEN: {
    status: Status.ALREADY_EXISTS,
    remedy: 'A published version never changes: push this content under another version.',
  },
  SHOAL_UPLOAD_NOT_FOUND: {
    status: Status.NOT_FOUND,
    remedy: 'Push again: the catalog finds or opens the upload.',
  },
  SHOAL_UPLOAD_STREAM_INVALID: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Send the header first, once, and then the chunks in order.',
  },
  SHOAL_UPLOAD_MANIFEST_TOO_LARGE: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Pack the small files into archives and distribute those.',
  },
  SHOAL_UPLOAD_ROOTS_MISSING: {
    status: Status.INVALID_ARGUMENT,
    remedy:
      'Give every pieces_root in the manifest, as `shoal push` does, or ask for another format than v1.',
  },
  SHOAL_UPLOAD_NO_SEEDER: {
    status: Status.UNAVAILABLE,
    remedy: 'Start a seeder, or give one more free space; `shoal agents` lists them. Then push again.',
  },
  SHOAL_UPLOAD_SEEDER_AWAY: {
    status: Status.UNAVAILABLE,
    remedy:
      'Start the seeder again and push again: it goes on where it was. Once it has been silent for 10 minutes, another seeder takes the upload over from its beginning.',
  },
  SHOAL_UPLOAD_STALLED: {
    status: Status.DEADLINE_EXCEEDED,
    remedy: 'Push again: the upload goes on at its durable offset.',
  },
  SHOAL_UPLOAD_METAINFO_TOO_LARGE: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Pack the small files into archives and distribute those.',
  },
  SHOAL_UPLOAD_CONTENT_MISMATCH: {
    status: Status.DATA_LOSS,
    remedy: 'The bytes are not those of the manifest: the tree changed while it was pushed. Push it again.',
  },
  SHOAL_UPLOAD_METAINFO_MISMATCH: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Check that catalog and seeder are of the same version, and push again.',
  },
  SHOAL_UPLOAD_FAILED: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Push again: a new upload is opened.',
  },
  SHOAL_SWARM_NOT_FOUND: {
    status: Status.NOT_FOUND,
    remedy: 'Have it made with `shoal torrent export`; `shoal swarm ls` lists what there is.',
  },
  SHOAL_SWARM_PENDING: {
    status: Status.UNAVAILABLE,
    remedy: 'A seeder that holds the content makes it: try again in some seconds; check `shoal agents`.',
  },
  SHOAL_SWARM_FAILED: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'The log of the seeder says more. Run `shoal torrent export` to have it tried again.',
  },
  SHOAL_SWARM_TOO_MANY: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Remove one that is not needed any more with `shoal swarm rm`.',
  },
  SHOAL_SWARM_TOO_MUCH_PADDING: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Ask for v1, which has no padding, for v2, or for a smaller piece length.',
  },
  SHOAL_SWARM_NO_COPY: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Start a seeder that holds a copy, or push the artifact again.',
  },
  SHOAL_ROLLOUT_NOT_FOUND: {
    status: Status.NOT_FOUND,
    remedy: 'List the rollouts with `shoal rollout ls`.',
  },
  SHOAL_ROLLOUT_NO_TARGETS: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Check the selector against `shoal agents`, or start agents that carry these labels.',
  },
  SHOAL_ROLLOUT_NO_COPY: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Start a seeder that holds a copy, or push the artifact again.',
  },
} as const;

/** Stable codes of {@link CatalogError}. */
export type CatalogErrorCode = keyof typeof FAILURES;

/** A request that the catalog cannot fulfil. */
export class CatalogError extends errorClassOf(FAILURES) {}
