import { errorClassOf, Status } from '@shoal/contracts';

const FAILURES = {
  SHOAL_MANIFEST_ENTRY_KIND: {
    status: Status.INVALID_ARGUMENT,
    remedy: 'Send each entry as a file or as a symlink; check that both ends have the same contracts.',
  },
  SHOAL_SWARM_ANSWER_INVALID: {
    status: Status.DATA_LOSS,
    remedy: 'Check the versions of the catalog and of this member; the catalog sent what it must not send.',
  },
  SHOAL_SWARM_METAINFO_TOO_LARGE: {
    status: Status.RESOURCE_EXHAUSTED,
    remedy: 'Pack the small files of the tree into archives and push it again.',
  },
  SHOAL_SWARM_CONTENT_MISMATCH: {
    status: Status.DATA_LOSS,
    remedy:
      'Do not use this artifact: the catalog described other content than the one asked for. Push it again.',
  },
  SHOAL_FLEET_DAMAGED: {
    status: Status.DATA_LOSS,
    remedy:
      'The host goes on trying. Bring a host or seeder that has the artifact back, or push it again; then check the disk of this host.',
  },
  SHOAL_STREAM_FILE_CHANGED: {
    status: Status.DATA_LOSS,
    remedy: 'Fetch the tree again, or have it repaired (shoal scrub): somebody has cut the file short.',
  },
} as const;

/** Stable codes of {@link FleetError}. */
export type FleetErrorCode = keyof typeof FAILURES;

/** Raised when what another party of the control plane sent, or what lies on the disk, cannot be used. */
export class FleetError extends errorClassOf(FAILURES) {}
