const REMEDIES = {
  SHOAL_TREE_UNREADABLE: 'Let this process read it, or leave it out of the tree.',
  SHOAL_TREE_UNSUPPORTED:
    'Only regular files, symlinks and directories can be distributed: remove it from the tree.',
  SHOAL_TREE_EMPTY_DIRECTORY: 'Remove the directory, or put a file (such as .keep) in it.',
  SHOAL_TREE_NAME_ENCODING: 'Rename it to valid UTF-8.',
  SHOAL_TREE_SYMLINK_OUTSIDE: 'Point the symlink, relatively, to something inside the tree.',
  SHOAL_TREE_SYMLINK_DANGLING: 'Point the symlink to something that exists, or remove it.',
  SHOAL_TREE_CHANGED: 'Wait until the build is finished, then start again.',
  SHOAL_TREE_TOO_MANY_ENTRIES: 'Pack the small files into archives and distribute those.',
} as const;

/** Stable codes of {@link TreeError}. */
export type TreeErrorCode = keyof typeof REMEDIES;

/** Raised when a tree on disk cannot be made into an artifact; names the path at fault. */
export class TreeError extends Error {
  override readonly name = 'TreeError';
  readonly code: TreeErrorCode;
  readonly remedy: string;
  readonly path: string;

  constructor(code: TreeErrorCode, path: string, what: string, cause?: unknown) {
    super(`${path}: ${what}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = REMEDIES[code];
    this.path = path;
  }
}
