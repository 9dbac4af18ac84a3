import { StoreError, type StoreErrorCode } from '../ports/store-error.ts';
import type { JobFailure } from './jobs.ts';

interface Explanation {
  readonly code: StoreErrorCode;
  readonly remedy: string;
}

const FULL: Explanation = {
  code: 'SHOAL_STORE_FULL',
  remedy: 'Free space or raise the quota on this file system; the transfer then goes on.',
};
const DENIED: Explanation = {
  code: 'SHOAL_STORE_DENIED',
  remedy: 'Give this process the right to read and write here, or mount the file system writable.',
};
const MISSING: Explanation = {
  code: 'SHOAL_STORE_MISSING',
  remedy: 'The files were changed from outside: verify the tree, or fetch it again.',
};
const REPLACED: Explanation = {
  code: 'SHOAL_STORE_IO',
  remedy: 'Something else lies where a file or directory of this tree belongs: move it away.',
};
const OTHER: Explanation = {
  code: 'SHOAL_STORE_IO',
  remedy: 'Check the disk and the system log of this host, then try again.',
};

const BY_ERRNO = new Map<string | undefined, Explanation>([
  ['ENOSPC', FULL],
  ['EDQUOT', FULL],
  ['EACCES', DENIED],
  ['EPERM', DENIED],
  ['EROFS', DENIED],
  ['ENOENT', MISSING],
  ['ESTALE', MISSING],
  ['ELOOP', REPLACED],
  ['ENOTDIR', REPLACED],
  ['EISDIR', REPLACED],
  ['EEXIST', REPLACED],
  [
    'EMFILE',
    { code: 'SHOAL_STORE_IO', remedy: 'Raise the limit of open files (ulimit -n) of this process.' },
  ],
]);

/** The {@link StoreError} for a failure of the file system; one that is a StoreError already stays as it is. */
export function storeFailure(error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  if (!(error instanceof Error))
    return jobFailure({ errno: undefined, message: String(error), path: undefined });
  const { code, path } = error as NodeJS.ErrnoException;
  return jobFailure({ errno: code, message: error.message, path }, error);
}

/** The {@link StoreError} for a failure that a hashing thread reported. */
export function jobFailure(failure: JobFailure, cause?: Error): StoreError {
  const { code, remedy } = BY_ERRNO.get(failure.errno) ?? OTHER;
  return new StoreError(code, failure.message, {
    remedy,
    ...(failure.path === undefined ? {} : { path: failure.path }),
    cause: cause ?? failure,
  });
}

/** Raised by every operation on a store or pool after it was closed. */
export function closedError(what: string): StoreError {
  return new StoreError('SHOAL_STORE_CLOSED', `${what} is closed`, {
    remedy: 'Nothing needs to be done: the work was given up on purpose.',
  });
}
