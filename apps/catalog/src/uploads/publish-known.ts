import { artifacts, type NewSwarm, swarms } from '@shoal/database';
import { contentDigest, type ContentDigest, createMetainfo, parseMetainfo } from '@shoal/protocol';
import type { PublishedArtifact } from '../artifacts/find-artifact.ts';
import { readMetainfo } from '../artifacts/metainfo-chunks.ts';
import { liveHolders, refreshHolders } from './live-holders.ts';
import { profileOf } from './profiles.ts';
import { contentRow, publish, swarmRow } from './publish.ts';
import type { WantedUpload } from './receive-manifest.ts';
import type { UploadComponents } from './upload-components.ts';

/**
 * Publishes an artifact whose content the namespace has stored already, so that no byte moves. Returns undefined when it
 * has not, when no seeder that is alive holds it, or when a format is wanted that cannot be made of what is stored.
 * @throws CatalogError SHOAL_ARTIFACT_VERSION_TAKEN
 */
export async function publishKnown(
  components: UploadComponents,
  wanted: WantedUpload,
  principal: string,
): Promise<PublishedArtifact | undefined> {
  if (!wanted.hashed) return undefined;
  const digest = contentDigest(wanted.entries);
  const stored = await findSwarm(components, wanted, digest);
  if (stored === undefined) return undefined;
  const holders = await liveHolders(components, wanted.namespace, digest);
  if (holders.length === 0) return undefined;
  const swarm = stored.name === wanted.name ? undefined : await renamed(components, stored, wanted);
  const { namespace, name, version, labels } = wanted;
  const published = await publish(components, {
    artifact: { namespace, name, version, labels, principal, contentDigest: digest },
    content: contentRow(digest, wanted.entries),
    swarm,
    storedBy: undefined,
    uploadId: undefined,
  });
  components.wakeOutbox();
  if (swarm !== undefined) await refreshHolders(components, holders);
  return published;
}

/** A swarm of the content, best of the same name, in the wanted format; none that was made for stock clients. */
async function findSwarm(
  { database: { db } }: UploadComponents,
  { namespace, name, format }: WantedUpload,
  digest: ContentDigest,
): Promise<swarms.SwarmView | undefined> {
  const artifact =
    (await artifacts.findByContent(db, namespace, digest, name)) ??
    (await artifacts.findByContent(db, namespace, digest, ''));
  if (artifact === undefined) return undefined;
  const found = await swarms.ofArtifacts(db, [artifact]);
  return found.find((swarm) => !swarm.side && (format === undefined || swarm.format === format));
}

/** The stored swarm under another name. Pieces and layers depend on the content and the profile alone. */
async function renamed(
  { database: { db } }: UploadComponents,
  stored: swarms.SwarmView,
  { namespace, name, entries }: WantedUpload,
): Promise<NewSwarm> {
  const { pieceLayers, v1Pieces } = parseMetainfo(await readMetainfo(db, stored));
  const profile = profileOf(stored);
  const { bytes, metainfo } = createMetainfo({
    name,
    entries,
    profile,
    pieceLayers,
    ...(v1Pieces === undefined ? {} : { v1Pieces }),
  });
  return swarmRow({ namespace, contentDigest: stored.contentDigest, profile }, bytes, metainfo);
}
