import { closeSync, constants, fstatSync, openSync, readSync, writeSync } from 'node:fs';
import type { FileSpan } from './jobs.ts';

/** Part of a file that zeros are compared with at a time, in bytes. */
const COMPARE_BYTES = 64 * 1024;
const ZEROS = Buffer.alloc(COMPARE_BYTES);

/** A failure of one file, with the system's code (`ENOENT` also for a file that is too short). */
export class FileError extends Error {
  readonly code: string;
  readonly path: string;

  constructor(code: string, message: string, path: string) {
    super(message);
    this.name = 'FileError';
    this.code = code;
    this.path = path;
  }
}

/** Opens a regular file, never through a symlink at its end nor waiting for a pipe, and closes it when `use` returns. */
export function withFile<T>(path: string, flags: number, use: (fd: number) => T): T {
  const fd = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return use(fd);
  } finally {
    closeSync(fd);
  }
}

/** Writes the spans of `bytes` to their files, which exist or may be made. */
export function writeSpans(bytes: Uint8Array, spans: readonly FileSpan[]): void {
  for (const span of spans) {
    withFile(span.path, constants.O_RDWR | (span.mayCreate === true ? constants.O_CREAT : 0), (fd) => {
      writeSpan(fd, bytes.subarray(span.start, span.start + span.length), span.fileOffset);
    });
  }
}

/**
 * Writes at a position. Zeros onto zeros are not written, so that holes stay holes: an 8 GiB sparse file takes no
 * space and a third of the time on tmpfs. The look at the file costs nothing unless the bytes are all zeros.
 */
function writeSpan(fd: number, bytes: Uint8Array, position: number): void {
  if (isZero(bytes) && fileIsZero(fd, bytes.length, position)) return;
  let written = 0;
  while (written < bytes.length) {
    written += writeSync(fd, bytes, written, bytes.length - written, position + written);
  }
}

/** Whether all bytes are zero; the first that is not ends the search. */
function isZero(bytes: Uint8Array): boolean {
  for (let start = 0; start < bytes.length; start += COMPARE_BYTES) {
    const part = bytes.subarray(start, start + COMPARE_BYTES);
    if (part[0] !== 0 || ZEROS.compare(part, 0, part.length, 0, part.length) !== 0) return false;
  }
  return true;
}

function fileIsZero(fd: number, length: number, position: number): boolean {
  const part = Buffer.allocUnsafe(Math.min(length, COMPARE_BYTES));
  for (let done = 0; done < length;) {
    const count = readSync(fd, part, 0, Math.min(part.length, length - done), position + done);
    if (count === 0 || !isZero(part.subarray(0, count))) return false;
    done += count;
  }
  return true;
}

/**
 * Fills `target` from a position of an open file.
 * @throws FileError ENOENT when the file ends before
 */
export function readFully(fd: number, path: string, target: Uint8Array, position: number): void {
  let done = 0;
  while (done < target.length) {
    const count = readSync(fd, target, done, target.length - done, position + done);
    if (count === 0) throw new FileError('ENOENT', `${path} ends at ${String(position + done)}`, path);
    done += count;
  }
}

/**
 * Checks that an open file has the length it had when it was listed.
 * @throws FileError ESTALE when not
 */
export function expectLength(fd: number, path: string, length: number): void {
  const { size } = fstatSync(fd);
  if (size === length) return;
  throw new FileError('ESTALE', `${path} has ${String(size)} bytes, not ${String(length)}`, path);
}
