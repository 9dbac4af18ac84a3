import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_UPLOAD_NOT_HERE: {
    status: Status.NOT_FOUND,
    remedy: 'Call CreateUpload again: it names the seeder and the offset to go on from.',
  },
  SHOAL_UPLOAD_WRONG_SEEDER: {
    status: Status.PERMISSION_DENIED,
    remedy: 'Send the bytes to the seeder that CreateUpload named.',
  },
  SHOAL_UPLOAD_PROTOCOL: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Send the header or open message once and first, then data of at most 1 MiB a message.',
  },
  SHOAL_UPLOAD_MANIFEST_TOO_LARGE: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Pack the small files of the tree into archives and push it again.',
  },
  SHOAL_UPLOAD_CHANGED: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Begin a new upload for a tree, name or profile that changed.',
  },
  SHOAL_UPLOAD_TOO_MANY: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Wait until other uploads are done, or raise --max-uploads of the seeder.',
  },
  SHOAL_UPLOAD_WRONG_OFFSET: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Call CreateUpload or GetUpload again and go on from the offset it gives.',
  },
  SHOAL_UPLOAD_INCOMPLETE: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Nothing that arrived is lost: call GetUpload and send the rest from the offset it gives.',
  },
  SHOAL_UPLOAD_TOO_LONG: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'The tree changed while it was read, or another tree was sent: push it again.',
  },
  SHOAL_UPLOAD_TAKEN_OVER: {
    status: Status.ABORTED,
    remedy: 'Another client continues this upload; let it, or begin an upload of your own.',
  },
  SHOAL_UPLOAD_INTERRUPTED: {
    status: Status.UNAVAILABLE,
    remedy: 'Nothing that is durable is lost: call CreateUpload again once the seeder is back.',
  },
  SHOAL_UPLOAD_IDLE: {
    status: Status.DEADLINE_EXCEEDED,
    remedy: 'Nothing that arrived is lost: call GetUpload and send the rest from the offset it gives.',
  },
  SHOAL_UPLOAD_CONTENT_MISMATCH: {
    status: Status.DATA_LOSS,
    remedy: 'The bytes are not those the manifest describes; the tree changed meanwhile. Push it again.',
  },
  SHOAL_UPLOAD_FAILED: {
    status: Status.FAILED_PRECONDITION,
    remedy: 'Push again: a new upload is opened.',
  },
} as const;

/** Raised when an upload cannot be opened or continued as asked. */
export class UploadError extends errorClassOf(FAILURES) {}

const SIDE_SWARM_FAILURES = {
  SHOAL_SIDE_SWARM_ANSWER_INVALID: {
    status: Status.DATA_LOSS,
    remedy: 'Check that catalog and seeder are of the same version.',
  },
  SHOAL_SIDE_SWARM_DAMAGED: {
    status: Status.DATA_LOSS,
    remedy: 'Check the disk of the seeder. Push the artifact again, under another version, to store it anew.',
  },
} as const;

/** Raised when a side swarm cannot be made. */
export class SideSwarmError extends errorClassOf(SIDE_SWARM_FAILURES) {}

const REQUEST_FAILURES = {
  SHOAL_SEEDER_NOT_HELD: {
    status: Status.NOT_FOUND,
    remedy: 'Ask another seeder: `shoal agents` lists them, `shoal ls` what is published.',
  },
  SHOAL_SEEDER_OTHER_NAMESPACE: {
    status: Status.PERMISSION_DENIED,
    remedy: 'Ask a seeder of that namespace.',
  },
} as const;

/** Raised when a seeder cannot answer what it was asked about what it holds. */
export class SeederError extends errorClassOf(REQUEST_FAILURES) {}
