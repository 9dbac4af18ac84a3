import { constants } from 'node:fs';
import { READ_CHUNK_BYTES } from './constants.ts';
import type { DigestBlocksJob, FilePiece, HashFilesJob, PieceDigests, VerifyFilesJob } from './jobs.ts';
import { BlockDigester, PieceDigester, PieceVerifier } from './piece-digest.ts';
import { expectLength, readFully, withFile } from './span-io.ts';

/** Carries out a {@link HashFilesJob} with `scratch` as its only buffer. */
export function hashFiles(job: HashFilesJob, scratch: Uint8Array): PieceDigests {
  const digester = new PieceDigester(job);
  for (const piece of job.pieces) {
    const content = job.sha256 ? contentLength(piece) : piece.size;
    readPiece({ spans: piece.spans, size: content }, scratch, (chunk) => {
      digester.update(chunk);
    });
    digester.endPiece(piece.size - content, piece.width);
  }
  return digester.digests();
}

/** Carries out a {@link DigestBlocksJob} with `scratch` as its only buffer. */
export function digestBlocks({ content }: DigestBlocksJob, scratch: Uint8Array): Uint8Array {
  const digester = new BlockDigester();
  if (content instanceof Uint8Array) digester.update(content);
  else readPiece(content, scratch, (chunk) => digester.update(chunk));
  return digester.digests();
}

/** Carries out a {@link VerifyFilesJob}. */
export function verifyFiles(job: VerifyFilesJob, scratch: Uint8Array): boolean {
  const verifier = new PieceVerifier(job.expected);
  try {
    readPiece(job.piece, scratch, (chunk) => {
      verifier.update(chunk);
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
  return verifier.matches();
}

/** Where the last span ends: what follows is padding. */
function contentLength(piece: FilePiece): number {
  const last = piece.spans.at(-1);
  return last === undefined ? 0 : last.start + last.length;
}

/** Reads a piece from its files, in chunks of which each but the last is a multiple of 16 KiB. */
function readPiece(piece: FilePiece, scratch: Uint8Array, take: (chunk: Uint8Array) => void): void {
  for (let done = 0; done < piece.size; done += READ_CHUNK_BYTES) {
    const chunk = scratch.subarray(0, Math.min(READ_CHUNK_BYTES, piece.size - done));
    chunk.fill(0);
    for (const span of piece.spans) {
      const from = Math.max(span.start, done);
      const to = Math.min(span.start + span.length, done + chunk.length);
      if (from >= to) continue;
      withFile(span.path, constants.O_RDONLY, (fd) => {
        if (span.fileLength !== undefined) expectLength(fd, span.path, span.fileLength);
        readFully(fd, span.path, chunk.subarray(from - done, to - done), span.fileOffset + from - span.start);
      });
    }
    take(chunk);
  }
}
