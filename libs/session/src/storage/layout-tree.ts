import {
  chmodSync,
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  symlinkSync,
  unlinkSync,
} from 'node:fs';
import { EXECUTABLE_MODE } from './constants.ts';
import type { LayoutFile, LayoutJob } from './jobs.ts';
import { FileError } from './span-io.ts';

/** Bits of a mode that are permissions. */
const PERMISSION_BITS = 0o7777;

/** Carries out a {@link LayoutJob}. Modes do not depend on the umask; files are sparse until they are written. */
export function layoutTree(job: LayoutJob): true {
  job.directories.forEach(layoutDirectory);
  job.files.forEach(layoutFile);
  for (const { path, target } of job.symlinks) layoutSymlink(path, target);
  return true;
}

function layoutDirectory(path: string): void {
  try {
    mkdirSync(path);
    chmodSync(path, EXECUTABLE_MODE);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (!lstatSync(path).isDirectory()) {
      throw new FileError('ENOTDIR', `${path} is in the way: not a directory`, path);
    }
  }
}

/** Makes a file of the right length and mode, or makes one so. */
export function layoutFile(file: LayoutFile): void {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const fd = openSync(file.path, flags, file.mode);
  try {
    const found = fstatSync(fd);
    if (!found.isFile()) throw new FileError('EEXIST', `${file.path} is in the way: not a file`, file.path);
    if ((found.mode & PERMISSION_BITS) !== file.mode) fchmodSync(fd, file.mode);
    if (found.size !== file.length) ftruncateSync(fd, file.length);
  } finally {
    closeSync(fd);
  }
}

function layoutSymlink(path: string, target: string): void {
  try {
    symlinkSync(target, path);
  } catch (error) {
    if (errnoOf(error) !== 'EEXIST') throw error;
    if (!lstatSync(path).isSymbolicLink()) {
      throw new FileError('EEXIST', `${path} is in the way: not a symlink`, path);
    }
    if (readlinkSync(path) === target) return;
    unlinkSync(path);
    symlinkSync(target, path);
  }
}

function errnoOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error ? String(error.code) : undefined;
}
