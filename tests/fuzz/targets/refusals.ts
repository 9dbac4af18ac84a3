import { ProtocolError } from '@shoal/protocol';

/** A class of errors that a decoder may raise; its constructor may be private. */
interface ErrorClass {
  [Symbol.hasInstance](value: unknown): boolean;
}

/**
 * What `decode` gives, or undefined when it refuses its input with one of `allowed`, which has a stable code, a message
 * and a remedy.
 * @throws whatever else `decode` throws
 */
export function unlessRefused<T>(decode: () => T, ...allowed: readonly ErrorClass[]): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!allowed.some((type) => error instanceof type)) throw error;
    if (
      error instanceof ProtocolError &&
      error.message !== '' &&
      error.remedy !== '' &&
      /^SHOAL_/.test(error.code)
    ) {
      return undefined;
    }
    throw new Error('a refusal without code, message or remedy', { cause: error });
  }
}

/** @throws Error unless `condition` holds */
export function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}
