import type { ScrubReport } from '@shoal/contracts';
import { digestBytes, type DigestHex, type SwarmRecord } from '../swarms/swarm-record.ts';
import { MAX_DAMAGED_REPORTED } from './constants.ts';
import type { ScrubFigures } from './scrub-metrics.ts';
import type { ScrubStates } from './scrub-state.ts';

/** What the catalog is told; `names` has one swarm of each content. */
export function scrubReport(states: ScrubStates, names: ReadonlyMap<DigestHex, SwarmRecord>): ScrubReport {
  const { damagedTrees, lastVerifiedAt } = figuresOf(states);
  const damaged = [...states.entries()].flatMap(([digest, { damage }]) => {
    const record = names.get(digest);
    // Without a name, as before the trees were first looked at, the catalog would refuse it.
    if (damage === undefined || record === undefined) return [];
    const { name, version } = record;
    const { files, foundAt, errorCode, errorMessage } = damage;
    const contentDigest = digestBytes(digest);
    return [
      {
        name,
        version,
        contentDigest,
        files: files.length,
        foundAt: new Date(foundAt),
        errorCode,
        errorMessage,
      },
    ];
  });
  return {
    lastVerifiedAt: lastVerifiedAt === 0 ? undefined : new Date(lastVerifiedAt),
    damagedArtifacts: damagedTrees,
    damaged: damaged.slice(0, MAX_DAMAGED_REPORTED),
  };
}

/** What metrics show. */
export function figuresOf(states: ScrubStates): ScrubFigures {
  let damagedTrees = 0;
  let lastVerifiedAt = 0;
  let oldestVerifiedAt = Infinity;
  for (const [, { damage, verifiedAt }] of states.entries()) {
    if (damage !== undefined) damagedTrees += 1;
    lastVerifiedAt = Math.max(lastVerifiedAt, verifiedAt);
    oldestVerifiedAt = Math.min(oldestVerifiedAt, verifiedAt);
  }
  return {
    damagedTrees,
    lastVerifiedAt,
    oldestVerifiedAt: Number.isFinite(oldestVerifiedAt) ? oldestVerifiedAt : 0,
  };
}
