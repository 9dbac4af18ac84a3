import type { GetSwarmRequest, GetSwarmResponse } from '@shoal/contracts';
import { artifactMessage } from '../artifacts/artifact-message.ts';
import { findArtifact, findArtifactByContent, type PublishedArtifact } from '../artifacts/find-artifact.ts';
import { metainfoChunks } from '../artifacts/metainfo-chunks.ts';
import type { CatalogComponents } from '../components.ts';
import {
  checkHostId,
  checkName,
  checkNamespace,
  checkVersionOrNewest,
  invalid,
} from '../requests/check-names.ts';
import { checkDigest } from '../requests/digests.ts';
import { signGrant } from './grants.ts';
import { memberSwarm } from './member-swarm.ts';

/** What members are told beside the swarm itself. */
export interface SwarmAccess {
  /** host:port of the trackers' gRPC endpoints. */
  readonly trackers: readonly string[];
  readonly grantLifetimeMs: number;
}

/**
 * Everything needed to join a swarm: its description with a grant for the host, then the metainfo in chunks.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND, SHOAL_CATALOG_INVALID_REQUEST
 */
export async function* getSwarm(
  components: Pick<CatalogComponents, 'database' | 'signer' | 'clock'>,
  access: SwarmAccess,
  request: GetSwarmRequest,
): AsyncGenerator<GetSwarmResponse> {
  checkNamespace(request.namespace);
  checkHostId(request.hostId);
  const { artifact } = await find(components, request);
  const swarm = await memberSwarm(components.database.db, artifact, request.infoHash);
  const { grant, expiresAt } = signGrant(components, swarm, request.hostId, access.grantLifetimeMs);
  const description = {
    artifact: artifactMessage({ artifact, swarm }),
    trackerEndpoints: [...access.trackers],
    grant,
    grantExpiresAt: expiresAt,
    metainfoSize: swarm.metainfoSize,
  };
  yield { part: { $case: 'swarm', value: description } };
  for await (const chunk of metainfoChunks(components.database.db, swarm)) {
    yield { part: { $case: 'metainfo', value: chunk } };
  }
}

async function find(
  { database: { db } }: Pick<CatalogComponents, 'database'>,
  { namespace, artifact, name }: GetSwarmRequest,
): Promise<PublishedArtifact> {
  switch (artifact?.$case) {
    case 'artifactVersion':
      checkName(artifact.value.name);
      checkVersionOrNewest(artifact.value.version);
      return findArtifact(db, namespace, artifact.value.name, artifact.value.version);
    case 'contentDigest':
      checkDigest('content_digest', artifact.value);
      if (name !== '') checkName(name);
      return findArtifactByContent(db, namespace, artifact.value, name);
    case undefined:
      throw invalid('artifact', 'empty, wanted: a version or a content digest');
  }
}
