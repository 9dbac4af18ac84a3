import { ProtocolError } from '../errors.ts';

const REMEDIES = {
  SHOAL_MANIFEST_INVALID_PATH: 'Rename the entry.',
  SHOAL_MANIFEST_PATH_TOO_LONG: 'Shorten the names or flatten the tree.',
  SHOAL_MANIFEST_DUPLICATE_PATH: 'List every path once.',
  SHOAL_MANIFEST_FILE_AND_DIRECTORY: 'Rename the file or the directory.',
  SHOAL_MANIFEST_NAME_TWINS:
    'Rename one of the two: a host whose file system ignores case or Unicode form would merge them.',
  SHOAL_MANIFEST_NOT_SORTED: 'Sort the entries by the raw UTF-8 bytes of their components.',
  SHOAL_MANIFEST_INVALID_LENGTH: 'Give the length of the file in bytes.',
  SHOAL_MANIFEST_INVALID_ROOT: "Give the SHA-256 Merkle root (BEP 52) of the file's content.",
  SHOAL_MANIFEST_TOO_MANY_ENTRIES: 'Pack the small files into archives and distribute those.',
  SHOAL_MANIFEST_TOO_LARGE: 'Split the tree into several artifacts.',
  SHOAL_MANIFEST_NO_CONTENT: 'Add a file that is not empty: a swarm needs at least one byte to move.',
  SHOAL_MANIFEST_INVALID_TARGET: 'Point the symlink to a file or directory of the tree.',
  SHOAL_MANIFEST_DANGLING_SYMLINK: 'Point the symlink to a file or directory of the tree.',
  SHOAL_MANIFEST_SYMLINK_LOOP: 'Let the symlink reach a file or directory in fewer steps.',
  SHOAL_MANIFEST_INVALID_ATTRIBUTES: 'Re-create the file tree.',
  SHOAL_MANIFEST_NESTING: 'Re-create the file tree: a file is a dictionary whose only key is empty (BEP 52).',
  SHOAL_MANIFEST_NOT_CANONICAL: 'Re-create the canonical manifest.',
} as const;

/** Stable codes of {@link ManifestError}. */
export type ManifestErrorCode = keyof typeof REMEDIES;

/** Raised when a tree cannot be distributed as it is, or its description is malformed. */
export class ManifestError extends ProtocolError {
  declare readonly code: ManifestErrorCode;
  /** The paths at fault, components joined by `/`; empty when the fault is in the tree as a whole. */
  readonly paths: readonly string[];

  constructor(code: ManifestErrorCode, message: string, paths: readonly (readonly string[])[] = []) {
    const joined = paths.map((path) => path.join('/'));
    const named = joined.map((path) => JSON.stringify(path)).join(' and ');
    super(code, named === '' ? message : `${named}: ${message}`, REMEDIES[code]);
    this.paths = joined;
  }
}
