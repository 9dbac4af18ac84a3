import { MAX_QUERY_CHARS } from './constants.ts';
import { TrackerWireError } from './tracker-error.ts';

/** A character that stands for no byte. */
const NO_BYTE = /[^\0-\xff]/;
/** Characters that RFC 3986 leaves as they are. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
const PERCENT = 0x25;

/** A query string, taken apart to bytes: info-hashes and peer ids are no text in any encoding. */
export class TrackerQuery {
  /** Names and values with one char a byte: most are text, and the bytes of the others are made when they are asked for. */
  readonly #values = new Map<string, string[]>();

  /**
   * @param raw what follows the `?` of the request's URL, percent-encoded as it arrived (`+` is a plus)
   * @throws TrackerWireError SHOAL_TRACKER_QUERY_TOO_LONG or SHOAL_TRACKER_QUERY_ENCODING
   */
  constructor(raw: string) {
    if (raw.length > MAX_QUERY_CHARS) {
      const message = `a query of ${String(raw.length)} characters, at most ${String(MAX_QUERY_CHARS)} are allowed`;
      throw new TrackerWireError('SHOAL_TRACKER_QUERY_TOO_LONG', message);
    }
    const wide = NO_BYTE.exec(raw)?.[0];
    if (wide !== undefined) throw badEncoding(`U+${wide.charCodeAt(0).toString(16)} is no byte`);
    for (const pair of raw.split('&')) {
      if (pair === '') continue;
      const split = pair.indexOf('=');
      const name = percentDecode(split === -1 ? pair : pair.slice(0, split));
      const value = percentDecode(split === -1 ? '' : pair.slice(split + 1));
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** Every value of a parameter, in order. */
  all(name: string): readonly Uint8Array[] {
    return (this.#values.get(name) ?? []).map(bytesOf);
  }

  /**
   * The value of a parameter that may be absent.
   * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_DUPLICATE
   */
  optional(name: string): Uint8Array | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : bytesOf(text);
  }

  /**
   * The value of a parameter.
   * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_MISSING or _DUPLICATE
   */
  required(name: string): Uint8Array {
    const value = this.optional(name);
    if (value !== undefined) return value;
    throw new TrackerWireError('SHOAL_TRACKER_PARAMETER_MISSING', `${name} is missing`, name);
  }

  /**
   * A parameter's value as text, one char a byte; undefined when it is absent.
   * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_DUPLICATE
   */
  text(name: string): string | undefined {
    const values = this.#values.get(name);
    if (values === undefined || values.length === 1) return values?.[0];
    const message = `${name} is given more than once`;
    throw new TrackerWireError('SHOAL_TRACKER_PARAMETER_DUPLICATE', message, name);
  }

  /**
   * A decimal number within `min` … `max`; undefined when it is absent.
   * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_INVALID when it is anything else
   */
  integer(name: string, min: number, max: number): number | undefined {
    const text = this.text(name);
    if (text === undefined) return undefined;
    const value = DECIMAL.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw invalidParameter(name, `not a whole number within ${String(min)} … ${String(max)}`);
  }
}

/** The error for a parameter whose value cannot be used. */
export function invalidParameter(name: string, message: string): TrackerWireError {
  return new TrackerWireError('SHOAL_TRACKER_PARAMETER_INVALID', `${name}: ${message}`, name);
}

/** Percent-encodes bytes for a query (RFC 3986). */
export function percentEncode(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const char = String.fromCharCode(byte);
    text += UNRESERVED.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return text;
}

/** One char a byte, in and out. */
function percentDecode(text: string): string {
  let next = text.indexOf('%');
  if (next === -1) return text;
  let decoded = text.slice(0, next);
  for (; next < text.length; next += 1) {
    let code = text.charCodeAt(next);
    if (code === PERCENT) {
      code = hexDigit(text.charCodeAt(next + 1)) * 16 + hexDigit(text.charCodeAt(next + 2));
      if (Number.isNaN(code)) throw badEncoding(`"${text.slice(next, next + 3)}" stands for no byte`);
      next += 2;
    }
    decoded += String.fromCharCode(code);
  }
  return decoded;
}

/** The value of a hexadecimal digit; NaN of anything else. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : NaN;
}

function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function badEncoding(message: string): TrackerWireError {
  return new TrackerWireError('SHOAL_TRACKER_QUERY_ENCODING', message);
}
