import { INTERNAL_CODE } from '../constants.ts';

/** How a failure is told to the catalog. */
export interface Failure {
  /** Stable; the error's own where it has one. */
  readonly code: string;
  readonly message: string;
}

/** Longest message told, in characters: reports travel on the bus and are kept in a row. */
const MAX_MESSAGE_LENGTH = 500;

/** Code and message of any error; typed ones keep their code and add their remedy. */
export function failureOf(error: unknown): Failure {
  const { code, message, remedy } = fieldsOf(error);
  const typed = typeof code === 'string' && code.startsWith('SHOAL_');
  const text = typeof remedy === 'string' ? `${message} ${remedy}` : message;
  return { code: typed ? code : INTERNAL_CODE, message: text.slice(0, MAX_MESSAGE_LENGTH) };
}

function fieldsOf(error: unknown): { code?: unknown; message: string; remedy?: unknown } {
  return error instanceof Error ? error : { message: String(error) };
}
