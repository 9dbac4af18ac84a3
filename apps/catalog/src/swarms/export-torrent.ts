import { hosts, sideSwarms, type Queries, swarms } from '@shoal/database';
import type { WantedSwarm } from '@shoal/contracts';
import { withAnnounce, withWebSeeds } from '@shoal/protocol';
import { readMetainfo } from '../artifacts/metainfo-chunks.ts';
import type { CatalogComponents } from '../components.ts';
import { MAX_EXPORTED_WEB_SEEDS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { signGrant } from '../fleet/grants.ts';
import { toHex } from '../requests/digests.ts';
import { isSameSwarm, type RequestedSwarm, requestedSwarm } from './wanted-swarm.ts';

/** Host of a grant that any stock client may use. */
const ANY_HOST = '*';

export interface ExportInit {
  /** Base URL of the tracker's HTTP endpoint. */
  readonly trackerHttpUrl: string;
  readonly exportGrantLifetimeMs: number;
}

/** A .torrent file for stock clients. */
export interface ExportedTorrent {
  readonly artifact: RequestedSwarm['artifact'];
  readonly bytes: Uint8Array;
}

/**
 * Makes the .torrent of a swarm. The announce URL carries a grant for any host, and seeders that serve files over HTTP are
 * its web seeds (BEP 19); both are outside the `info` dictionary, so the swarm is the fleet's. A side swarm is kept for as
 * long as the grant holds.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND, SHOAL_CATALOG_INVALID_REQUEST, SHOAL_SWARM_NOT_FOUND, SHOAL_SWARM_PENDING,
 * SHOAL_SWARM_FAILED
 */
export async function exportTorrent(
  components: Pick<CatalogComponents, 'database' | 'signer' | 'clock'>,
  { trackerHttpUrl, exportGrantLifetimeMs }: ExportInit,
  wanted: WantedSwarm | undefined,
): Promise<ExportedTorrent> {
  const { db } = components.database;
  const requested = await requestedSwarm(db, wanted);
  const swarm = await findMade(db, requested);
  if (swarm.side) await sideSwarms.keep(db, swarm, exportGrantLifetimeMs);
  const { grant } = signGrant(components, swarm, ANY_HOST, exportGrantLifetimeMs);
  const announce = `${trackerHttpUrl.replace(/\/+$/, '')}/announce/${grant}/announce`;
  const announced = withAnnounce(await readMetainfo(db, swarm), announce);
  const webSeeds = await webSeedsOf(db, swarm);
  return {
    artifact: requested.artifact,
    bytes: webSeeds.length === 0 ? announced : withWebSeeds(announced, webSeeds),
  };
}

async function findMade(db: Queries, { artifact, key }: RequestedSwarm): Promise<swarms.SwarmView> {
  const made = (await swarms.ofArtifacts(db, [artifact])).find((swarm) => isSameSwarm(swarm, key));
  if (made !== undefined) return made;
  const side = await sideSwarms.find(db, key);
  const what = `the ${key.format} swarm of ${artifact.name}@${artifact.version} with pieces of ${key.pieceLength} bytes`;
  switch (side?.state) {
    case 'pending':
      throw new CatalogError('SHOAL_SWARM_PENDING', `${what} is not made yet`);
    case 'failed':
      throw new CatalogError('SHOAL_SWARM_FAILED', `${what} could not be made: ${side.errorCode}`);
    default:
      throw new CatalogError('SHOAL_SWARM_NOT_FOUND', `nobody has asked for ${what}`);
  }
}

/** Where BEP 19 looks for the files: below a URL that ends in a slash, at the torrent's name. */
async function webSeedsOf(db: Queries, { namespace, contentDigest }: swarms.SwarmView): Promise<string[]> {
  const servers = await hosts.fileServers(db, namespace, contentDigest, MAX_EXPORTED_WEB_SEEDS);
  return servers.map((filesUrl) => `${filesUrl.replace(/\/+$/, '')}/${toHex(contentDigest)}/`);
}
