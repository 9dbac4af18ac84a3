import { MAX_QUERY_CHARS } from './constants.ts';
import { TrackerWireError } from './tracker-error.ts';

const HEX_PAIR = /^[0-9a-fA-F]{2}$/;
/** Characters that RFC 3986 leaves as they are. */
const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
const MAX_BYTE = 0xff;

/** A query string, taken apart to bytes: info-hashes and peer ids are no text in any encoding. */
export class TrackerQuery {
  readonly #values = new Map<string, Uint8Array[]>();

  /**
   * @param raw what follows the `?` of the request's URL, percent-encoded as it arrived (`+` is a plus)
   * @throws TrackerWireError SHOAL_TRACKER_QUERY_TOO_LONG or SHOAL_TRACKER_QUERY_ENCODING
   */
  constructor(raw: string) {
    if (raw.length > MAX_QUERY_CHARS) {
      const message = `a query of ${String(raw.length)} characters, at most ${String(MAX_QUERY_CHARS)} are allowed`;
      throw new TrackerWireError('SHOAL_TRACKER_QUERY_TOO_LONG', message);
    }
    for (const pair of raw.split('&')) {
      if (pair === '') continue;
      const split = pair.indexOf('=');
      const name = Buffer.from(percentDecode(split === -1 ? pair : pair.slice(0, split))).toString('latin1');
      const value = percentDecode(split === -1 ? '' : pair.slice(split + 1));
      const values = this.#values.get(name);
      if (values === undefined) this.#values.set(name, [value]);
      else values.push(value);
    }
  }

  /** Every value of a parameter, in order. */
  all(name: string): readonly Uint8Array[] {
    return this.#values.get(name) ?? [];
  }

  /**
   * The value of a parameter that may be absent.
   * @throws TrackerWireError SHOAL_TRACKER_PARAMETER_DUPLICATE
   */
  optional(name: string): Uint8Array | undefined {
    const values = this.all(name);
    if (values.length > 1) {
      throw new TrackerWireError(
        'SHOAL_TRACKER_PARAMETER_DUPLICATE',
        `${name} is given more than once`,
        name,
      );
    }
    return values[0];
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

  /** A parameter's value as text, one char a byte; undefined when it is absent. */
  text(name: string): string | undefined {
    const value = this.optional(name);
    return value === undefined ? undefined : Buffer.from(value).toString('latin1');
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

function percentDecode(text: string): Uint8Array {
  const bytes: number[] = [];
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (text[i] === '%') {
      const digits = text.slice(i + 1, i + 3);
      if (!HEX_PAIR.test(digits)) throw badEncoding(`"%${digits}" stands for no byte`);
      bytes.push(Number.parseInt(digits, 16));
      i += 2;
    } else if (unit > MAX_BYTE) {
      throw badEncoding(`U+${unit.toString(16)} is no byte`);
    } else {
      bytes.push(unit);
    }
  }
  return Uint8Array.from(bytes);
}

function badEncoding(message: string): TrackerWireError {
  return new TrackerWireError('SHOAL_TRACKER_QUERY_ENCODING', message);
}
