import { artifacts, type Queries, swarms } from '@shoal/database';
import { CatalogError } from '../errors.ts';
import { toHex } from '../requests/digests.ts';

/** A published artifact and the swarm that distributes it. */
export interface PublishedArtifact {
  readonly artifact: artifacts.ArtifactView;
  readonly swarm: swarms.SwarmView;
}

/**
 * Finds one version; with an empty version the one published last.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND
 */
export async function findArtifact(
  queries: Queries,
  namespace: string,
  name: string,
  version: string,
): Promise<PublishedArtifact> {
  const artifact = await artifacts.find(queries, namespace, name, version);
  if (artifact === undefined) throw notFound(`${name}${version === '' ? '' : `@${version}`}`, namespace);
  return withSwarm(queries, artifact);
}

/**
 * Finds the artifact of a content that was published last, of one name or, when empty, of any.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND
 */
export async function findArtifactByContent(
  queries: Queries,
  namespace: string,
  contentDigest: Uint8Array,
  name: string,
): Promise<PublishedArtifact> {
  const artifact = await artifacts.findByContent(queries, namespace, contentDigest, name);
  if (artifact === undefined) {
    throw notFound(`${name === '' ? 'artifact' : name} with content ${toHex(contentDigest)}`, namespace);
  }
  return withSwarm(queries, artifact);
}

/** The swarms of a page of artifacts, in their order. */
export async function withSwarms(
  queries: Queries,
  page: readonly artifacts.ArtifactView[],
): Promise<readonly PublishedArtifact[]> {
  const views = await swarms.ofArtifacts(queries, page);
  const first = new Map<string, swarms.SwarmView>();
  for (const swarm of views) {
    const key = keyOf(swarm);
    if (!first.has(key)) first.set(key, swarm);
  }
  return page.map((artifact) => ({ artifact, swarm: present(first.get(keyOf(artifact)), artifact) }));
}

async function withSwarm(queries: Queries, artifact: artifacts.ArtifactView): Promise<PublishedArtifact> {
  const [swarm] = await swarms.ofArtifacts(queries, [artifact]);
  return { artifact, swarm: present(swarm, artifact) };
}

/** An artifact is published in one transaction with its swarm, so there is one. */
function present(
  swarm: swarms.SwarmView | undefined,
  { name, version }: artifacts.ArtifactView,
): swarms.SwarmView {
  if (swarm !== undefined) return swarm;
  throw new Error(`artifact ${name}@${version} has no swarm`);
}

function keyOf({
  name,
  contentDigest,
}: {
  readonly name: string;
  readonly contentDigest: Uint8Array;
}): string {
  return `${name}/${toHex(contentDigest)}`;
}

function notFound(what: string, namespace: string): CatalogError {
  return new CatalogError('SHOAL_ARTIFACT_NOT_FOUND', `namespace ${namespace} has no ${what}`);
}
