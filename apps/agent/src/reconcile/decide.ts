import type { DigestHex } from '@shoal/fleet';
import type { Desired } from './desired.ts';

/** What a host has of one artifact name. */
export interface Actual {
  /** Whether the desired tree is verified and published. */
  readonly published: boolean;
  /** The tree that is live under the name. */
  readonly live: DigestHex | undefined;
}

/** The next thing to do for a name. */
export type Step = 'fetch' | 'activate' | 'settled';

/** Decides from what should be and what is, and from nothing that happened before. */
export function nextStep(desired: Pick<Desired, 'contentDigest' | 'phase'>, actual: Actual): Step {
  if (!actual.published) return 'fetch';
  if (desired.phase === 'activate' && actual.live !== desired.contentDigest) return 'activate';
  return 'settled';
}

/** What a snapshot of the host's directives means for one name. */
export type Verdict =
  /** Nothing new. */
  | 'known'
  /** Older than what is being done: a delayed message, or a bucket not rebuilt yet. */
  | 'stale'
  /** The same content under a newer revision, phase or rollout: what runs goes on. */
  | 'updated'
  /** Other content: what runs for the name is given up. */
  | 'replaced';

/** Compares a directive that arrived with the one being followed. */
export function judge(current: Desired | undefined, arrived: Desired): Verdict {
  if (current === undefined) return 'replaced';
  if (arrived.revision < current.revision) return 'stale';
  if (arrived.revision === current.revision) return 'known';
  return arrived.contentDigest === current.contentDigest ? 'updated' : 'replaced';
}
