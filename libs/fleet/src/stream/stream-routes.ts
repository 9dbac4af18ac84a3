import { Readable } from 'node:stream';
import type { Metainfo, MetainfoFile } from '@shoal/protocol';
import {
  type ByteRange,
  fileResponse,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  text,
} from '@shoal/service';
import { ReaderError, streamOf } from '@shoal/session';
import { BUSY_RETRY_SECONDS, MAX_STREAM_ANSWERS } from './constants.ts';
import { contentType } from './content-type.ts';
import { etagOf, fileAt, filePath, FILES_PREFIX } from './file-urls.ts';
import type { StreamMetrics } from './stream-metrics.ts';
import type { StreamedContent } from './streamed-content.ts';

/** Collaborators of {@link addStreamRoutes}. */
interface StreamRoutesComponents {
  readonly server: Pick<HttpServer, 'route'>;
  readonly content: StreamedContent;
  readonly metrics: StreamMetrics;
}

/** What is served, and how. */
export interface StreamRoutesInit {
  readonly metainfo: Metainfo;
  /** Whether a file is fetched, or there. */
  readonly isServed: (file: MetainfoFile) => boolean;
  /** How long one read waits for its bytes, in milliseconds. */
  readonly readTimeoutMs: number;
}

/**
 * What browsers are told of content that anybody may have made: no scripts, no type but the one that is said, nothing for pages of
 * other sites.
 */
const UNTRUSTED = {
  'content-security-policy': 'sandbox',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-site',
};

/**
 * Serves the files of a torrent while it is fetched, and later: `/` lists them as JSON, `/files/…` has them, in byte ranges
 * (RFC 9110). What is asked for is fetched first; an answer takes as much memory as one chunk, however slowly it is read, and
 * ends early when its bytes do not come.
 */
export function addStreamRoutes(
  { server, content, metrics }: StreamRoutesComponents,
  { metainfo, isServed, readTimeoutMs }: StreamRoutesInit,
): void {
  let answers = 0;

  function open(file: MetainfoFile, range: ByteRange): Readable {
    const reader = content.openReader(file, { ...range, timeoutMs: readTimeoutMs });
    answers += 1;
    return streamOf(reader, (bytes) => metrics.read(bytes)).once('close', () => (answers -= 1));
  }

  function answer(request: HttpRequest): HttpResponse {
    const file = fileAt(metainfo, request.path);
    if (file === undefined || !isServed(file)) return text(404, 'not found\n');
    if (answers >= MAX_STREAM_ANSWERS) return busy();
    try {
      const response = fileResponse(request, {
        size: file.length,
        etag: etagOf(metainfo, file),
        contentType: contentType(file.path.at(-1) ?? ''),
        read: (range) => open(file, range),
      });
      return { ...response, headers: { ...response.headers, ...UNTRUSTED } };
    } catch (error) {
      if (error instanceof ReaderError && error.code === 'SHOAL_READER_TOO_MANY') return busy();
      throw error;
    }
  }

  server.route('GET', '/', () => ({
    status: 200,
    headers: { 'content-type': 'application/json; charset=utf-8' },
    body: Readable.from(listing(metainfo, isServed), { objectMode: false }),
  }));
  server.route('GET', `${FILES_PREFIX}*`, answer);
}

function busy(): HttpResponse {
  const refusal = text(503, `${MAX_STREAM_ANSWERS} answers are being sent already\n`);
  return { ...refusal, headers: { ...refusal.headers, 'retry-after': String(BUSY_RETRY_SECONDS) } };
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
