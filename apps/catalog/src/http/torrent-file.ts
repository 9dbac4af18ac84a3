import { WantedSwarm } from '@shoal/contracts';
import { type HttpHandler, type HttpRequest } from '@shoal/service';
import type { CatalogComponents } from '../components.ts';
import { CatalogError } from '../errors.ts';
import { checkVersion, invalid } from '../requests/check-names.ts';
import { formatMessage } from '../requests/formats.ts';
import { type ExportInit, exportTorrent } from '../swarms/export-torrent.ts';

/**
 * Path of an artifact's `.torrent` file; `:file` is `<version>.torrent`. The query names one of several swarms: `format=v1`, `v2`
 * or `hybrid`, `piece-length=` in bytes, `public=true`; what it leaves out is as in the main swarm.
 */
export const TORRENT_ROUTE = '/v1/:namespace/artifacts/:name/:file';

const SUFFIX = '.torrent';
const FORMATS = ['v1', 'v2', 'hybrid'] as const;

/** Answers with an artifact's `.torrent` for stock clients; of swarms that are there: none is made by a GET. */
export function createTorrentFileHandler(
  components: Pick<CatalogComponents, 'database' | 'signer' | 'clock'>,
  init: ExportInit,
): HttpHandler {
  return async (request) => {
    const wanted = readWanted(request);
    const { bytes: body } = await exportTorrent(components, init, wanted);
    const headers = {
      'content-type': 'application/x-bittorrent',
      'content-disposition': `attachment; filename="${wanted.name}-${wanted.version}${SUFFIX}"`,
    };
    return { status: 200, headers, body };
  };
}

function readWanted({ params, query: text }: HttpRequest): WantedSwarm {
  const { namespace = '', name = '', file = '' } = params;
  if (!file.endsWith(SUFFIX)) {
    throw new CatalogError('SHOAL_ARTIFACT_NOT_FOUND', `${file} is not <version>${SUFFIX}`);
  }
  const version = file.slice(0, -SUFFIX.length);
  checkVersion(version);
  const query = new URLSearchParams(text);
  const format = query.get('format');
  const known = FORMATS.find((word) => word === format);
  if (format !== null && known === undefined)
    throw invalid('format', `${JSON.stringify(format.slice(0, 16))}, wanted: v1, v2 or hybrid`);
  const pieceLength = query.get('piece-length') ?? '0';
  if (!/^\d{1,9}$/.test(pieceLength)) throw invalid('piece-length', 'no number of bytes');
  return WantedSwarm.fromPartial({
    namespace,
    name,
    version,
    ...(known && { format: formatMessage(known) }),
    pieceLength: Number(pieceLength),
    public: query.get('public') === 'true',
  });
}
