import { constants, copyFileSync, lstatSync } from 'node:fs';
import { READ_CHUNK_BYTES } from './constants.ts';
import type { CloneFileJob, CloneOutcome, CopyPieceJob } from './jobs.ts';
import { layoutFile } from './layout-tree.ts';
import { PieceVerifier } from './piece-digest.ts';
import { expectLength, readFully, withFile, writeSpans } from './span-io.ts';

/** Carries out a {@link CloneFileJob}. */
export function cloneFile({ from, file }: CloneFileJob): CloneOutcome {
  if (!isFileOf(file.length, from)) return 'unlike';
  try {
    copyFileSync(from, file.path, constants.COPYFILE_FICLONE_FORCE);
    return 'cloned';
  } catch {
    // Whatever it was: if it is more than that, the copy fails too.
    return 'unsupported';
  } finally {
    // A clone has the mode of its source; one that failed has removed the file.
    layoutFile(file);
  }
}

function isFileOf(length: number, path: string): boolean {
  try {
    const found = lstatSync(path);
    return found.isFile() && found.size === length;
  } catch {
    return false;
  }
}

/**
 * Carries out a {@link CopyPieceJob} with `scratch` as its only buffer: what was hashed is what is written, although the
 * file it comes from may change meanwhile.
 */
export function copyPiece({ from, to, expected }: CopyPieceJob, scratch: Uint8Array): boolean {
  const verifier = new PieceVerifier(expected);
  for (let done = 0; done < to.length; done += READ_CHUNK_BYTES) {
    const chunk = scratch.subarray(0, Math.min(READ_CHUNK_BYTES, to.length - done));
    if (!tryRead(from, to.fileLength, chunk, to.fileOffset + done)) return false;
    verifier.update(chunk);
    const write = { path: to.path, fileOffset: to.fileOffset + done, start: 0, length: chunk.length };
    writeSpans(chunk, [write]);
  }
  return verifier.matches();
}

/** What cannot be read of another tree is no failure of this one. */
function tryRead(path: string, fileLength: number, target: Uint8Array, position: number): boolean {
  try {
    withFile(path, constants.O_RDONLY, (fd) => {
      expectLength(fd, path, fileLength);
      readFully(fd, path, target, position);
    });
    return true;
  } catch {
    return false;
  }
}
