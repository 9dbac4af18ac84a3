import { Readable } from 'node:stream';
import type { Metainfo, MetainfoFile } from '@shoal/protocol';
import {
  fileResponse,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  type Telemetry,
  text,
} from '@shoal/service';
import { ReaderError, streamOf, type Torrent } from '@shoal/session';
import { contentType } from './content-type.ts';
import { etagOf, fileAt, filePath, FILES_PREFIX } from './file-urls.ts';

/** Collaborators of {@link addStreamRoutes}. */
export interface StreamRoutesComponents {
  readonly server: Pick<HttpServer, 'route'>;
  readonly torrent: Pick<Torrent, 'openReader'>;
  readonly telemetry: Pick<Telemetry, 'meter'>;
}

export interface StreamRoutesInit {
  readonly metainfo: Metainfo;
  /** Whether a file is fetched. */
  readonly isServed: (file: MetainfoFile) => boolean;
  /** How long one read waits for its bytes, in milliseconds. */
  readonly readTimeoutMs: number;
}

/** When those that are turned away may ask again, in seconds. */
const BUSY_RETRY_SECONDS = 2;

/** What browsers are told of content that anybody may have made: no scripts, and no type but the one that is said. */
const UNTRUSTED = { 'content-security-policy': 'sandbox', 'x-content-type-options': 'nosniff' };

/**
 * Serves the files of a torrent while it is fetched, and later: `/` lists them as JSON, `/files/…` has them, in byte ranges
 * (RFC 9110). What is asked for is fetched first; an answer takes as much memory as one chunk, however slowly it is read, and
 * ends early when its bytes do not come.
 */
export function addStreamRoutes(
  { server, torrent, telemetry }: StreamRoutesComponents,
  { metainfo, isServed, readTimeoutMs }: StreamRoutesInit,
): void {
  const read = telemetry.meter.createCounter('shoal_stream_bytes', {
    description:
      'Bytes of files that were read to be sent over HTTP while their torrent is fetched, or later',
  });
  read.add(0);

  function answer(request: HttpRequest): HttpResponse {
    const file = fileAt(metainfo, request.path);
    if (file === undefined || !isServed(file)) return text(404, 'not found\n');
    try {
      const response = fileResponse(request, {
        size: file.length,
        etag: etagOf(metainfo, file),
        contentType: contentType(file.path.at(-1) ?? ''),
        read: (range) =>
          streamOf(torrent.openReader(file, { ...range, timeoutMs: readTimeoutMs }), (bytes) =>
            read.add(bytes),
          ),
      });
      return { ...response, headers: { ...response.headers, ...UNTRUSTED } };
    } catch (error) {
      if (!(error instanceof ReaderError && error.code === 'SHOAL_READER_TOO_MANY')) throw error;
      return {
        ...text(503, `${error.message}\n`),
        headers: { 'retry-after': String(BUSY_RETRY_SECONDS) },
      };
    }
  }

  server.route('GET', '/', () => ({
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Readable.from(listing(metainfo, isServed), { objectMode: false }),
  }));
  server.route('GET', `${FILES_PREFIX}*`, answer);
}

/** A line for each file: there may be a hundred thousand. */
function* listing(metainfo: Metainfo, isServed: StreamRoutesInit['isServed']): Generator<string> {
  yield `{"name":${JSON.stringify(metainfo.name)},"files":[`;
  let separator = '\n';
  for (const file of metainfo.files) {
    if (file.kind !== 'file' || !isServed(file)) continue;
    const { path, length } = file;
    yield separator + JSON.stringify({ path: path.join('/'), length, url: filePath(metainfo, file) });
    separator = ',\n';
  }
  yield '\n]}\n';
}
