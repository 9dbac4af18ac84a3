import type { IncomingMessage } from 'node:http';
import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { MAX_BODY_BYTES } from './constants.ts';
import type { HttpRequest } from './http-message.ts';

const V4_IN_V6 = '::ffff:';

/** A request as handlers see it, from Node's. */
export function createRequest(
  message: IncomingMessage,
  parts: Pick<HttpRequest, 'method' | 'path' | 'query' | 'params'>,
): HttpRequest {
  const { remoteAddress = '' } = message.socket;
  return {
    ...parts,
    headers: message.headers,
    remoteAddress: remoteAddress.startsWith(V4_IN_V6) ? remoteAddress.slice(V4_IN_V6.length) : remoteAddress,
    body: (limit = MAX_BODY_BYTES) => readBody(message, limit),
  };
}

async function readBody(message: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) throw bodyTooLarge(limit);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function bodyTooLarge(limit: number): ShoalError {
  return new ShoalError({
    code: 'SHOAL_HTTP_BODY_TOO_LARGE',
    status: Status.RESOURCE_EXHAUSTED,
    message: `the request body is larger than ${limit} bytes`,
    remedy: 'Send less at once.',
  });
}
