import type { BucketSpec } from './bucket.ts';
import { bucketKey, subjectToken } from './subjects.ts';

/** 10,000 hosts with 20 directives of about 300 bytes each take 60 MB; four times that. */
const DIRECTIVES_MAX_BYTES = 256 * 1024 * 1024;

/** Where the catalog puts every host's desired state: a `shoal.fleet.v1.HostDirectives` under {@link directivesKey}. */
export const DIRECTIVES_BUCKET: BucketSpec = { name: 'shoal-directives', maxBytes: DIRECTIVES_MAX_BYTES };

/** A host's key in {@link DIRECTIVES_BUCKET}. */
export function directivesKey(namespace: string, hostId: string): string {
  return bucketKey(namespace, hostId);
}

/** Plain subject on which the catalog tells a host to read its key again; the payload is empty. */
export function nudgeSubject(namespace: string, hostId: string): string {
  return `shoal.${subjectToken(namespace)}.nudge.${subjectToken(hostId)}`;
}

/** Durable subject of a host's transitions, each a `shoal.fleet.v1.HostReport`. */
export function reportSubject(namespace: string, hostId: string): string {
  return `shoal.${subjectToken(namespace)}.report.${subjectToken(hostId)}`;
}

/** Plain subject of the progress of a rollout's hosts, each a `shoal.fleet.v1.HostReport` in state FETCHING. */
export function progressSubject(namespace: string, rolloutId: string): string {
  return `shoal.${subjectToken(namespace)}.progress.${subjectToken(rolloutId)}`;
}
