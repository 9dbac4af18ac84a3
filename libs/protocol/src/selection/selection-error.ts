import { ProtocolError } from '../errors.ts';

const REMEDIES = {
  SHOAL_SELECTION_PATTERN:
    'Write paths below the root, joined by /. * and ? match within a name, ** any directories, {a,b} either one.',
  SHOAL_SELECTION_PRIORITY: 'Write PATTERN=LEVEL, with one of the levels skip, low, normal and high.',
  SHOAL_SELECTION_NO_MATCH:
    'Patterns match whole paths from the root of the tree on; a directory stands for all that is in it. Quote them from the shell.',
} as const;

/** Stable codes of {@link SelectionError}. */
export type SelectionErrorCode = keyof typeof REMEDIES;

/** Raised when what is to be fetched of a tree cannot be told from what was asked for. */
export class SelectionError extends ProtocolError {
  declare readonly code: SelectionErrorCode;

  constructor(code: SelectionErrorCode, message: string) {
    super(code, message, REMEDIES[code]);
  }
}
