/** Put in place of a secret. */
const REDACTED = '[redacted]';
/** Deepest nesting that is logged; what is below is left out. */
const MAX_DEPTH = 6;
/** Names of fields whose values are secrets, whatever they hold. */
const SECRET_NAME = /grant|ticket|password|secret|authorization|cookie|private_?key|token$/i;
/** A signed token (credentials/token.ts): body and 64-byte signature, base64url. It appears in announce URLs. Tried once a word: long texts take linear time. */
const TOKEN = /(?<![A-Za-z0-9_-])[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{86}(?![A-Za-z0-9_-])/g;
/** Passwords in connection URLs. */
const URL_PASSWORD = /(\/\/[^/\s:@]*:)[^/\s@]+@/g;

/** A copy of `value` in which secrets are replaced. */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === 'string')
    return value.replace(TOKEN, REDACTED).replace(URL_PASSWORD, `$1${REDACTED}@`);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[too deep]';
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Uint8Array) return `<${value.length} bytes>`;
  if (value instanceof Date) return value;
  if (Array.isArray(value)) return value.map((item) => redact(item, depth + 1));
  return redactFields(value, depth);
}

function redactFields(value: object, depth: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      SECRET_NAME.test(name) && field !== undefined ? REDACTED : redact(field, depth + 1),
    ]),
  );
}

function redactError(error: Error, depth: number): Record<string, unknown> {
  return {
    ...redactFields(error, depth),
    type: error.name,
    message: redact(error.message),
    stack: redact(error.stack),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
