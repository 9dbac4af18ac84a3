import { type IncomingMessage, request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import {
  type AnnounceRequest,
  type AnnounceResponse,
  decodeAnnounceResponse,
  encodeAnnounceQuery,
} from '@shoal/protocol';
import { AnnounceError } from './announce-error.ts';
import type { AnnounceOptions } from './announce-options.ts';
import { ANNOUNCE_DEADLINE_MS, MAX_RESPONSE_BYTES } from './constants.ts';

const HTTP_OK = 200;

/**
 * Announces once over HTTP or HTTPS (BEP 3), over IPv4 or IPv6 as the tracker's name resolves. Redirects are refused:
 * a tracker could send us to servers that only this host can reach. It may take 15 s unless the options say otherwise.
 * @throws AnnounceError, TrackerWireError, or the signal's reason
 */
export async function announceOverHttp(
  announceUrl: string,
  request: AnnounceRequest,
  options: AnnounceOptions = {},
): Promise<AnnounceResponse> {
  const url = withQuery(announceUrl, encodeAnnounceQuery(request));
  const deadline = AbortSignal.timeout(options.deadlineMs ?? ANNOUNCE_DEADLINE_MS);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  try {
    return decodeAnnounceResponse(await fetchBody(url, signal, options.localAddress));
  } catch (error) {
    options.signal?.throwIfAborted();
    if (!deadline.aborted) throw error;
    throw new AnnounceError('SHOAL_ANNOUNCE_DEADLINE', `${url.host} did not answer in time`, {
      cause: error,
    });
  }
}

function withQuery(announceUrl: string, query: string): URL {
  const url = URL.parse(announceUrl);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new AnnounceError('SHOAL_ANNOUNCE_URL', `${JSON.stringify(announceUrl)} is no HTTP URL`);
  }
  // Private trackers put parameters of their own into the announce URL.
  url.search = url.search === '' ? query : `${url.search}&${query}`;
  return url;
}

async function fetchBody(url: URL, signal: AbortSignal, localAddress?: string): Promise<Uint8Array> {
  const response = await send(url, signal, localAddress);
  if (response.statusCode !== HTTP_OK) {
    response.destroy();
    const message = `${url.host} answered with HTTP status ${String(response.statusCode)}`;
    throw new AnnounceError('SHOAL_ANNOUNCE_STATUS', message);
  }
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      length += chunk.length;
      if (length > MAX_RESPONSE_BYTES) {
        const message = `${url.host} answered with more than ${String(MAX_RESPONSE_BYTES)} bytes`;
        throw new AnnounceError('SHOAL_ANNOUNCE_TOO_LARGE', message);
      }
      chunks.push(chunk);
    }
  } catch (error) {
    throw error instanceof AnnounceError ? error : unreachable(url, error);
  }
  return Buffer.concat(chunks);
}

async function send(url: URL, signal: AbortSignal, localAddress?: string): Promise<IncomingMessage> {
  const start = url.protocol === 'https:' ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    // One connection an announce: they are minutes apart.
    const request = start(url, { agent: false, signal, localAddress, headers: { 'user-agent': 'Shoal' } });
    request.once('response', resolve);
    request.once('error', (error) => reject(unreachable(url, error)));
    request.end();
  });
}

function unreachable(url: URL, cause: unknown): AnnounceError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new AnnounceError('SHOAL_ANNOUNCE_UNREACHABLE', `${url.host}: ${why}`, { cause });
}
