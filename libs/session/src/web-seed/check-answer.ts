import type { IncomingMessage } from 'node:http';
import { MAX_RETRY_AFTER, MAX_UNRANGED_BYTES } from './constants.ts';
import { WebSeedError } from './web-seed-error.ts';

/** Bytes of a file: `length` at `offset`, of `fileLength` in all. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
  readonly fileLength: number;
}

/** The head of an answer, as far as it matters. */
export type AnswerHead = Pick<IncomingMessage, 'statusCode' | 'headers'>;

/**
 * Whether an answer is what was asked for (RFC 9110, 14): a 206 of just the range, or a 200 with all of a small file, of
 * which `skip` bytes come before the range.
 */
export function checkAnswer(head: AnswerHead, range: FileRange): { readonly skip: number } | WebSeedError {
  const { statusCode = 0, headers } = head;
  const { offset, length, fileLength } = range;
  if (statusCode !== 200 && statusCode !== 206) return errorOf(head);
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding !== 'identity') return unfit(`it answers compressed (${encoding})`);
  const size = headers['content-length'] === undefined ? undefined : Number(headers['content-length']);
  if (statusCode === 200) {
    if (size !== fileLength) return unfit(`the file has ${size ?? 'unknown'} bytes there, not ${fileLength}`);
    if (length < fileLength && fileLength > MAX_UNRANGED_BYTES) return unfit('it knows no byte ranges');
    return { skip: offset };
  }
  const expected = `bytes ${offset}-${offset + length - 1}/${fileLength}`;
  const given = headers['content-range'] ?? 'no range';
  // The length of the file may be left open.
  if (given !== expected && given !== expected.replace(/\d+$/, '*')) {
    return unfit(`it sends ${given} where ${expected} was asked for`);
  }
  return size === undefined || size === length ? { skip: 0 } : unfit(`it sends ${size} bytes for ${length}`);
}

function errorOf({ statusCode = 0, headers }: AnswerHead): WebSeedError {
  const message = `it answers ${statusCode}`;
  if (statusCode === 429 || statusCode === 503) {
    return new WebSeedError('SHOAL_WEB_SEED_BUSY', message, {
      retryAfter: retryAfter(headers['retry-after']),
    });
  }
  return statusCode >= 500 ? new WebSeedError('SHOAL_WEB_SEED_UNREACHABLE', message) : unfit(message);
}

/** Milliseconds; only the form in seconds is read, a date depends on clocks that agree. */
function retryAfter(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,9}$/.test(header)
    ? Math.min(Number(header) * 1_000, MAX_RETRY_AFTER)
    : undefined;
}

function unfit(message: string): WebSeedError {
  return new WebSeedError('SHOAL_WEB_SEED_UNFIT', message);
}
