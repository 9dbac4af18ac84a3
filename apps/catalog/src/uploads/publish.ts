import { Artifact } from '@shoal/contracts';
import {
  artifacts,
  contents,
  copies,
  type NewContent,
  type NewSwarm,
  outbox,
  type Queries,
  swarms,
  uploads,
} from '@shoal/database';
import {
  canonicalManifest,
  type Entries,
  type Metainfo,
  type SwarmProfile,
  totalSizeOf,
} from '@shoal/protocol';
import { artifactMessage } from '../artifacts/artifact-message.ts';
import { type PublishedArtifact, withSwarms } from '../artifacts/find-artifact.ts';
import type { CatalogComponents } from '../components.ts';
import { CatalogError } from '../errors.ts';
import { artifactPublishedMessage } from '../outbox/messages.ts';
import { sameBytes, toHex } from '../requests/digests.ts';
import { profileColumns } from './profiles.ts';

/** What is to be published. */
export interface Publication {
  readonly artifact: artifacts.NewArtifact;
  readonly content: NewContent;
  /** The swarm to add; undefined when the artifact's name has one for this content. */
  readonly swarm: NewSwarm | undefined;
  /** The seeder that has just stored the content; undefined when it was stored before. */
  readonly storedBy: string | undefined;
  /** The upload that ends with it. */
  readonly uploadId: string | undefined;
}

/** The row of a content. Entries with every root. */
export function contentRow(contentDigest: Uint8Array, entries: Entries): NewContent {
  return {
    contentDigest,
    size: BigInt(totalSizeOf(entries)),
    fileCount: countFiles(entries),
    manifest: canonicalManifest(entries),
  };
}

function countFiles(entries: Entries): number {
  let count = 0;
  for (const { kind } of entries) if (kind === 'file') count += 1;
  return count;
}

/** The row of a swarm. */
export function swarmRow(
  key: { readonly namespace: string; readonly contentDigest: Uint8Array; readonly profile: SwarmProfile },
  bytes: Uint8Array,
  metainfo: Metainfo,
): NewSwarm {
  return {
    namespace: key.namespace,
    name: metainfo.name,
    contentDigest: key.contentDigest,
    ...profileColumns(key.profile),
    infoHashV1: metainfo.infoHashV1 ?? null,
    infoHashV2: metainfo.infoHashV2 ?? null,
    infoHashLenient: metainfo.infoHashLenient ?? null,
    pieceCount: metainfo.pieceCount,
    metainfo: bytes,
  };
}

/**
 * Publishes an artifact, with all that belongs to it, in one transaction. Doing it again changes nothing.
 * @throws CatalogError SHOAL_ARTIFACT_VERSION_TAKEN when the version has other content
 */
export async function publish(
  { database, telemetry }: Pick<CatalogComponents, 'database' | 'telemetry'>,
  publication: Publication,
): Promise<PublishedArtifact> {
  const headers = telemetry.inject();
  return database.transaction(async (transaction) => {
    await contents.put(transaction, publication.content);
    if (publication.swarm !== undefined) await swarms.put(transaction, publication.swarm);
    await recordCopies(transaction, publication);
    const { artifact, created } = await artifacts.publish(transaction, publication.artifact);
    checkSameContent(artifact, publication.artifact.contentDigest);
    await endUpload(transaction, publication);
    const [published] = await withSwarms(transaction, [artifact]);
    if (published === undefined) throw new Error('withSwarms answers for every artifact');
    if (created) {
      const payload = Artifact.encode(artifactMessage(published)).finish();
      await outbox.add(transaction, [artifactPublishedMessage(artifact, payload, headers)]);
    }
    return published;
  });
}

/** Records the copy of the seeder that stored the content; every holder learns that there is a new swarm to serve. */
async function recordCopies(transaction: Queries, { artifact, swarm, storedBy }: Publication): Promise<void> {
  const { namespace, contentDigest } = artifact;
  const known = swarm === undefined ? [] : await copies.ofContent(transaction, namespace, contentDigest);
  const holders = new Set(known.filter((copy) => copy.state === 'durable').map((copy) => copy.seederId));
  if (storedBy !== undefined) holders.add(storedBy);
  // In the order of their ids: two publications then cannot wait for each other.
  for (const seederId of [...holders].sort()) {
    await copies.put(transaction, { namespace, contentDigest, seederId, state: 'durable' });
  }
}

async function endUpload(transaction: Queries, { artifact, uploadId }: Publication): Promise<void> {
  if (uploadId === undefined) return;
  const { namespace, contentDigest } = artifact;
  await uploads.advance(transaction, namespace, uploadId, { to: 'published', contentDigest });
}

function checkSameContent(published: artifacts.ArtifactView, contentDigest: Uint8Array): void {
  if (!sameBytes(published.contentDigest, contentDigest)) throw versionTaken(published);
}

/** Raised for a version that is published with other content. */
export function versionTaken({ name, version, contentDigest }: artifacts.ArtifactView): CatalogError {
  return new CatalogError(
    'SHOAL_ARTIFACT_VERSION_TAKEN',
    `${name}@${version} is published already, with content ${toHex(contentDigest)}`,
  );
}
