import { headers as newHeaders, type MsgHdrs } from '@nats-io/transport-node';
import type { MessageHeaders } from '../event-bus.ts';

/** Headers as the client library takes them; undefined for none. */
export function toNatsHeaders(headers: MessageHeaders = {}): MsgHdrs | undefined {
  const entries = Object.entries(headers);
  if (entries.length === 0) return undefined;
  const made = newHeaders();
  for (const [name, value] of entries) made.set(name, value);
  return made;
}

/** Headers as handlers see them: without those of NATS itself; of several values the last. */
export function fromNatsHeaders(headers: MsgHdrs | undefined): MessageHeaders {
  const read: Record<string, string> = {};
  for (const name of headers?.keys() ?? []) {
    if (!name.startsWith('Nats-')) read[name] = headers?.last(name) ?? '';
  }
  return read;
}

/** The bytes of a message as the port gives them: not as Node's Buffer, whose slices behave differently. */
export function fromNatsBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
