import { MAX_HEADER_BYTES, MAX_PAYLOAD_BYTES, MAX_SUBJECT_BYTES } from './constants.ts';
import { MessagingError } from './errors.ts';
import type { MessageHeaders } from './event-bus.ts';

/** What a literal token and a key part are made of: what `subjectToken` makes. */
const TOKEN = /^[A-Za-z0-9_=-]+$/;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const HEADER_NAME = /^[!-9;-~]+$/;
const HEADER_VALUE = /^[^\r\n]*$/;

/** @throws MessagingError SHOAL_BUS_INVALID unless `subject` is literal tokens joined by dots. */
export function checkSubject(subject: string): void {
  if (!isShort(subject) || !subject.split('.').every((token) => TOKEN.test(token))) {
    throw invalid(
      `"${subject.slice(0, 64)}" is not a subject: tokens of letters, digits, "-", "_", "=", joined by dots`,
    );
  }
}

/** @throws MessagingError SHOAL_BUS_INVALID unless `pattern` is a subject that may hold `*` tokens and end in `>`. */
export function checkPattern(pattern: string): void {
  const tokens = pattern.split('.');
  const isToken = (token: string, index: number) =>
    token === '*' || (token === '>' && index === tokens.length - 1) || TOKEN.test(token);
  if (!isShort(pattern) || !tokens.every(isToken)) {
    throw invalid(`"${pattern.slice(0, 64)}" is not a subject with wildcards`);
  }
}

/** @throws MessagingError SHOAL_BUS_INVALID unless `key` was made by `bucketKey`. */
export function checkKey(key: string): void {
  if (!isShort(key) || !key.split('.').every((part) => TOKEN.test(part))) {
    throw invalid(`"${key.slice(0, 64)}" is not a key`);
  }
}

/** Checks the name of a stream, durable or bucket. @throws MessagingError SHOAL_BUS_INVALID */
export function checkName(name: string): void {
  if (!NAME.test(name))
    throw invalid(`"${name.slice(0, 64)}" is not a name: 1 to 64 letters, digits, "-" and "_"`);
}

/** @throws MessagingError SHOAL_BUS_PAYLOAD_TOO_LARGE, SHOAL_BUS_INVALID for headers that cannot travel. */
export function checkMessage(payload: Uint8Array, headers: MessageHeaders = {}): void {
  if (payload.byteLength > MAX_PAYLOAD_BYTES) {
    throw new MessagingError(
      'SHOAL_BUS_PAYLOAD_TOO_LARGE',
      `the payload has ${payload.byteLength} bytes, more than ${MAX_PAYLOAD_BYTES}`,
    );
  }
  let bytes = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || !HEADER_VALUE.test(value))
      throw invalid(`header "${name.slice(0, 64)}" cannot travel`);
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > MAX_HEADER_BYTES)
    throw invalid(`the headers have ${bytes} bytes, more than ${MAX_HEADER_BYTES}`);
}

/** Whether a subject is one of those a pattern names. */
export function matches(pattern: string, subject: string): boolean {
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, want] of wanted.entries()) {
    const token = tokens[index];
    if (token === undefined) return false;
    if (want === '>') return true;
    if (want !== '*' && want !== token) return false;
  }
  return wanted.length === tokens.length;
}

function isShort(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_SUBJECT_BYTES;
}

function invalid(message: string): MessagingError {
  return new MessagingError('SHOAL_BUS_INVALID', message);
}
