import { MessagingError } from './errors.ts';

/** Longest token or key part, in bytes as encoded. */
const MAX_TOKEN_BYTES = 512;

const PLAIN = /^[A-Za-z0-9_-]$/;

/**
 * Makes one subject token of any text: letters, digits, '-' and '_' stay, every other byte of its UTF-8 becomes '=XX'.
 * Different texts make different tokens. So `web.eu-1` is `web=2Eeu-1`, and no text can add a level or a wildcard.
 * @throws MessagingError SHOAL_BUS_INVALID for an empty text or one whose token exceeds 512 bytes.
 */
export function subjectToken(text: string): string {
  let token = '';
  for (const byte of new TextEncoder().encode(text)) {
    const character = String.fromCharCode(byte);
    token += PLAIN.test(character) ? character : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  if (token === '' || token.length > MAX_TOKEN_BYTES) {
    throw new MessagingError(
      'SHOAL_BUS_INVALID',
      `A subject token has 1 to ${MAX_TOKEN_BYTES} bytes; ${JSON.stringify(text.slice(0, 64))} makes ${token.length}.`,
    );
  }
  return token;
}

/**
 * Makes a bucket key of its parts, for example of namespace and host: each encoded as a token, joined by dots.
 * @throws MessagingError SHOAL_BUS_INVALID as {@link subjectToken}.
 */
export function bucketKey(...parts: readonly [string, ...string[]]): string {
  return parts.map(subjectToken).join('.');
}
