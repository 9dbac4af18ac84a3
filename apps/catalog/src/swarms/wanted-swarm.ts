import type { WantedSwarm } from '@shoal/contracts';
import type { Queries, swarms } from '@shoal/database';
import { isPieceLengthOfProfile } from '@shoal/protocol';
import { findArtifact, type PublishedArtifact } from '../artifacts/find-artifact.ts';
import { checkName, checkNamespace, checkVersionOrNewest, invalid } from '../requests/check-names.ts';
import { sameBytes } from '../requests/digests.ts';
import { requestedFormat } from '../requests/formats.ts';

/** The artifact of a wanted swarm, and what names the swarm: what was left open is as in the artifact's main swarm. */
export interface RequestedSwarm extends PublishedArtifact {
  readonly key: swarms.SwarmKey;
}

/**
 * Checks what a user wants and finds the artifact.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST, SHOAL_ARTIFACT_NOT_FOUND
 */
export async function requestedSwarm(
  queries: Queries,
  wanted: WantedSwarm | undefined,
): Promise<RequestedSwarm> {
  if (wanted === undefined) throw invalid('wanted', 'empty');
  const { namespace, name, version, pieceLength } = wanted;
  checkNamespace(namespace);
  checkName(name);
  checkVersionOrNewest(version);
  const format = requestedFormat(wanted.format);
  if (pieceLength !== 0 && !isPieceLengthOfProfile(pieceLength))
    throw invalid('piece_length', `${pieceLength}, wanted: a power of two, 64 KiB to 16 MiB`);
  const { artifact, swarm } = await findArtifact(queries, namespace, name, version);
  const key = {
    namespace,
    name,
    contentDigest: artifact.contentDigest,
    profileVersion: swarm.profileVersion,
    format: format ?? swarm.format,
    pieceLength: pieceLength === 0 ? swarm.pieceLength : pieceLength,
    private: !wanted.public,
    source: swarm.source,
  };
  return { artifact, swarm, key };
}

/** Whether two swarms are one, whatever else is known of them. */
export function isSameSwarm(a: swarms.SwarmKey, b: swarms.SwarmKey): boolean {
  return (
    a.namespace === b.namespace &&
    a.name === b.name &&
    sameBytes(a.contentDigest, b.contentDigest) &&
    a.profileVersion === b.profileVersion &&
    a.format === b.format &&
    a.pieceLength === b.pieceLength &&
    a.private === b.private &&
    a.source === b.source
  );
}
