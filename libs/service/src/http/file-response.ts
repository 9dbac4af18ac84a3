import type { Readable } from 'node:stream';
import { type ByteRange, parseRange } from './byte-range.ts';
import type { HttpRequest, HttpResponse } from './http-message.ts';

/** A file, as far as an answer needs to know it. */
export interface AnsweredFile {
  /** Bytes. */
  readonly size: number;
  /** Strong, in quotes (RFC 9110, 8.8.3): another one whenever the bytes are others. */
  readonly etag: string;
  /** @default application/octet-stream */
  readonly contentType?: string;
  /** Called at most once, and not for answers without a body. */
  read(range: ByteRange): Readable;
}

/**
 * Answers GET and HEAD of a file, in byte ranges (RFC 9110, 14): 206 for one range, 416 when the file has none of it, 200 with
 * all of it for several ranges, which RFC 9110 allows, and for another If-Range; 304 for If-None-Match.
 */
export function fileResponse(
  { method, headers: asked }: Pick<HttpRequest, 'method' | 'headers'>,
  file: AnsweredFile,
): HttpResponse {
  const { size, etag, contentType = 'application/octet-stream' } = file;
  const headers = { etag, 'accept-ranges': 'bytes', 'content-type': contentType };
  if (namesTag(asked['if-none-match'], etag)) return { status: 304, headers };
  const ifRange = asked['if-range'];
  const isFresh = ifRange === undefined || ifRange === etag;
  // Ranges are defined for GET alone.
  const range = isFresh && method === 'GET' ? parseRange(asked.range, size) : undefined;
  if (range === 'unsatisfiable') {
    return { status: 416, headers: { ...headers, 'content-range': `bytes */${size}` } };
  }
  const { start, end } = range ?? { start: 0, end: size };
  return {
    status: range === undefined ? 200 : 206,
    headers: {
      ...headers,
      'content-length': String(end - start),
      ...(range && { 'content-range': `bytes ${start}-${end - 1}/${size}` }),
    },
    ...(method === 'GET' && end > start && { body: file.read({ start, end }) }),
  };
}

function namesTag(header: string | undefined, etag: string): boolean {
  return header?.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim())) ?? false;
}
