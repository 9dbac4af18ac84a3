import type { ArtifactSwarm, WantedSwarm } from '@shoal/contracts';
import { contents, copies, sideSwarms, swarms } from '@shoal/database';
import { layOutFiles, parseCanonicalManifest, totalSizeOf } from '@shoal/protocol';
import type { CatalogComponents } from '../components.ts';
import { MAX_SIDE_PADDING_BYTES, MAX_SIDE_SWARMS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { liveHolders, refreshHolders } from '../uploads/live-holders.ts';
import { publishedSwarmMessage, sideSwarmMessage } from './swarm-message.ts';
import type { SwarmComponents } from './swarm-components.ts';
import { isSameSwarm, type RequestedSwarm, requestedSwarm } from './wanted-swarm.ts';

/**
 * Registers a side swarm, and tells the seeders that can make it; or finds the swarm that has the profile.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND, SHOAL_CATALOG_INVALID_REQUEST, SHOAL_SWARM_NO_COPY, SHOAL_SWARM_TOO_MANY,
 * SHOAL_SWARM_TOO_MUCH_PADDING; MetainfoError when it would have too many pieces
 */
export async function createSwarm(
  components: SwarmComponents,
  wanted: WantedSwarm | undefined,
  principal: string,
): Promise<ArtifactSwarm> {
  const { database, sideSwarmLifetimeMs: lifetimeMs } = components;
  const requested = await requestedSwarm(database.db, wanted);
  const { artifact, swarm: main, key } = requested;
  const made = (await swarms.ofArtifacts(database.db, [artifact])).find((swarm) => isSameSwarm(swarm, key));
  if (made?.side === false) return publishedSwarmMessage(made, isSameSwarm(made, main));
  if ((await sideSwarms.find(database.db, key)) === undefined) {
    await checkCopies(components, requested);
    await checkLayout(components, requested);
  }
  const limit = MAX_SIDE_SWARMS;
  const side = await database.transaction((transaction) =>
    sideSwarms.register(transaction, { key, principal, lifetimeMs, limit }),
  );
  if (side === undefined) {
    const message = `${artifact.name}@${artifact.version} has ${limit} side swarms already`;
    throw new CatalogError('SHOAL_SWARM_TOO_MANY', message);
  }
  if (side.state === 'pending') {
    await refreshHolders(components, await liveHolders(components, key.namespace, key.contentDigest));
  }
  return sideSwarmMessage(side, made);
}

/** What a seeder computes must be bounded by the content: padding is zeros that it hashes. */
async function checkLayout(
  { database: { db } }: Pick<CatalogComponents, 'database'>,
  { key }: RequestedSwarm,
): Promise<void> {
  const manifest = await contents.readManifest(db, key.namespace, key.contentDigest);
  if (manifest === undefined) throw new Error('an artifact is published with its manifest');
  const entries = parseCanonicalManifest(manifest);
  const { format, pieceLength } = key;
  const { pieceSpaceLength } = layOutFiles(entries, { format, pieceLength });
  const size = totalSizeOf(entries);
  const padding = pieceSpaceLength - size;
  if (format !== 'hybrid' || padding <= size + MAX_SIDE_PADDING_BYTES) return;
  const message = `a hybrid with pieces of ${pieceLength} bytes has ${padding} bytes of padding for ${size} of content`;
  throw new CatalogError('SHOAL_SWARM_TOO_MUCH_PADDING', message);
}

async function checkCopies(
  { database: { db } }: Pick<CatalogComponents, 'database'>,
  { artifact: { name, version }, key }: RequestedSwarm,
): Promise<void> {
  const held = await copies.ofContent(db, key.namespace, key.contentDigest);
  if (held.some((copy) => copy.state === 'durable')) return;
  throw new CatalogError('SHOAL_SWARM_NO_COPY', `no seeder holds ${name}@${version}`);
}
