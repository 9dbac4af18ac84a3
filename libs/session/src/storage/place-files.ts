import { lstatSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import type { PlaceJob } from './jobs.ts';

/** Names of system errors of what is not there. */
const ABSENT = new Set(['ENOENT', 'ENOTDIR']);
/** And of directories that something is in still, or that are none. */
const NOT_EMPTY = new Set([...ABSENT, 'ENOTEMPTY', 'EEXIST']);

/** Carries out a {@link PlaceJob}. */
export function placeFiles(job: PlaceJob): true {
  for (const { from, to } of job.moves) passing(ABSENT, () => renameSync(from, to));
  for (const path of job.symlinks) passing(ABSENT, () => removeSymlink(path));
  for (const path of job.directories) passing(NOT_EMPTY, () => rmdirSync(path));
  return true;
}

function removeSymlink(path: string): void {
  if (lstatSync(path).isSymbolicLink()) unlinkSync(path);
}

function passing(codes: ReadonlySet<string>, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && codes.has(String(error.code)))) throw error;
  }
}
