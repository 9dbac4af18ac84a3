import { ShoalError } from '@shoal/contracts';
import type { Status } from 'nice-grpc-common';
import { MAX_ERROR_TEXT } from './constants.ts';

/** A typed error as the bytes of its trailer. */
export function encodeErrorTrailer({ code, message, remedy }: ShoalError): Uint8Array {
  return Buffer.from(JSON.stringify({ code, message: clip(message), remedy: clip(remedy) }));
}

/** The typed error of a trailer, or `undefined` when the bytes are not one. */
export function decodeErrorTrailer(bytes: Uint8Array, status: Status): ShoalError | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof fields !== 'object' || fields === null) return undefined;
  const { code, message, remedy } = fields as Record<string, unknown>;
  if (typeof code !== 'string' || typeof message !== 'string' || typeof remedy !== 'string') return undefined;
  return new ShoalError({ code, status, message, remedy });
}

/** A text as long as fits in headers, at most. */
export function clip(text: string): string {
  return text.length <= MAX_ERROR_TEXT ? text : `${text.slice(0, MAX_ERROR_TEXT - 1)}…`;
}
