import { type artifacts, type Queries, swarms } from '@shoal/database';
import { withAnnounce } from '@shoal/protocol';
import { type HttpHandler, type HttpRequest } from '@shoal/service';
import { findArtifact } from '../artifacts/find-artifact.ts';
import { readMetainfo } from '../artifacts/metainfo-chunks.ts';
import type { CatalogComponents } from '../components.ts';
import { CatalogError } from '../errors.ts';
import { signGrant } from '../fleet/grants.ts';
import { checkName, checkNamespace, checkVersion } from '../requests/check-names.ts';

/**
 * Path of an artifact's `.torrent` file; `:file` is `<version>.torrent`. The query `format=v1`, `v2` or `hybrid` asks for one of
 * several swarms.
 */
export const TORRENT_ROUTE = '/v1/:namespace/artifacts/:name/:file';

const SUFFIX = '.torrent';

/** Host of a grant that any stock client may use. */
const ANY_HOST = '*';

export interface TorrentFileInit {
  /** Base URL of the tracker's HTTP endpoint. */
  readonly trackerHttpUrl: string;
  readonly exportGrantLifetimeMs: number;
}

/**
 * Answers with an artifact's `.torrent` for stock clients. The announce URL carries a grant; it is outside the `info`
 * dictionary, so the swarm is the fleet's.
 */
export function createTorrentFileHandler(
  components: Pick<CatalogComponents, 'database' | 'signer' | 'clock'>,
  { trackerHttpUrl, exportGrantLifetimeMs }: TorrentFileInit,
): HttpHandler {
  const { db } = components.database;
  return async (request) => {
    const { namespace, name, version, format } = readReference(request);
    const { artifact, swarm: first } = await findArtifact(db, namespace, name, version);
    const swarm = format === null ? first : await swarmOf(db, artifact, format);
    const { grant } = signGrant(components, swarm, ANY_HOST, exportGrantLifetimeMs);
    const announce = `${trackerHttpUrl.replace(/\/+$/, '')}/${grant}/announce`;
    const body = withAnnounce(await readMetainfo(db, swarm), announce);
    const headers = {
      'content-type': 'application/x-bittorrent',
      'content-disposition': `attachment; filename="${name}-${version}${SUFFIX}"`,
    };
    return { status: 200, headers, body };
  };
}

function readReference({ params, query }: HttpRequest) {
  const { namespace = '', name = '', file = '' } = params;
  if (!file.endsWith(SUFFIX)) {
    throw new CatalogError('SHOAL_ARTIFACT_NOT_FOUND', `${file} is not <version>${SUFFIX}`);
  }
  const version = file.slice(0, -SUFFIX.length);
  checkNamespace(namespace);
  checkName(name);
  checkVersion(version);
  return { namespace, name, version, format: new URLSearchParams(query).get('format') };
}

/** The swarm of an artifact that has a format; most have only one, that of their first upload. */
async function swarmOf(
  db: Queries,
  artifact: artifacts.ArtifactView,
  format: string,
): Promise<swarms.SwarmView> {
  const swarm = (await swarms.ofArtifacts(db, [artifact])).find((made) => made.format === format);
  if (swarm !== undefined) return swarm;
  const what = `${artifact.name}@${artifact.version} has no ${JSON.stringify(format.slice(0, 16))} swarm`;
  throw new CatalogError('SHOAL_ARTIFACT_NOT_FOUND', what);
}
