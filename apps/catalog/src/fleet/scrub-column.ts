import type { DamagedArtifact, ScrubReport } from '@shoal/contracts';
import type { DamagedArtifactColumn, ScrubColumn } from '@shoal/database';
import { checkName, checkText, checkVersionOrNewest, invalid } from '../requests/check-names.ts';
import { checkDigest, toHex } from '../requests/digests.ts';

/** Damaged artifacts in a hello, at most (fleet.v1 ScrubReport). */
const MAX_DAMAGED = 100;

/** Longest message that is kept, in characters: it names paths. */
const MAX_MESSAGE = 512;

/** @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST */
export function checkScrub({ damaged }: ScrubReport): void {
  if (damaged.length > MAX_DAMAGED) throw invalid('scrub.damaged', `longer than ${MAX_DAMAGED}`);
  for (const { name, version, contentDigest, errorCode } of damaged) {
    checkName(name);
    checkVersionOrNewest(version);
    checkDigest('scrub.damaged.content_digest', contentDigest);
    checkText('scrub.damaged.error_code', errorCode);
  }
}

/** A report as the database keeps it. */
export function scrubColumn({ lastVerifiedAt, damagedArtifacts, damaged }: ScrubReport): ScrubColumn {
  return {
    lastVerifiedAt: lastVerifiedAt?.toISOString() ?? null,
    damagedArtifacts,
    damaged: damaged.map(damagedColumn),
  };
}

/** A report as it travels. */
export function scrubMessage({ lastVerifiedAt, damagedArtifacts, damaged }: ScrubColumn): ScrubReport {
  return {
    lastVerifiedAt: lastVerifiedAt === null ? undefined : new Date(lastVerifiedAt),
    damagedArtifacts,
    damaged: damaged.map(({ contentDigest, foundAt, ...rest }) => ({
      ...rest,
      contentDigest: Buffer.from(contentDigest, 'hex'),
      foundAt: foundAt === null ? undefined : new Date(foundAt),
    })),
  };
}

function damagedColumn(damaged: DamagedArtifact): DamagedArtifactColumn {
  const { name, version, contentDigest, files, foundAt, errorCode, errorMessage } = damaged;
  return {
    name,
    version,
    contentDigest: toHex(contentDigest),
    files,
    foundAt: foundAt?.toISOString() ?? null,
    errorCode,
    errorMessage: errorMessage.slice(0, MAX_MESSAGE).replaceAll(/\p{Cc}/gu, ' '),
  };
}
