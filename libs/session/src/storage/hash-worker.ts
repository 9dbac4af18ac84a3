/** A hashing thread: takes one job after another from its {@link HashPool}. All of its I/O blocks this thread only. */
import { flushCompileCache } from 'node:module';
import { parentPort } from 'node:worker_threads';
import { READ_CHUNK_BYTES } from './constants.ts';
import { cloneFile, copyPiece } from './copy-files.ts';
import { digestBlocks, hashFiles, verifyFiles } from './hash-files.ts';
import type {
  DigestJob,
  HashJob,
  JobFailure,
  JobRequest,
  JobResponse,
  JobResults,
  PieceDigests,
  VerifyAndWriteJob,
} from './jobs.ts';
import { layoutTree } from './layout-tree.ts';
import { PieceDigester, PieceVerifier } from './piece-digest.ts';
import { placeFiles } from './place-files.ts';
import { writeSpans } from './span-io.ts';

const port = parentPort;
if (port === null) throw new Error('hash-worker.ts runs as a worker thread only');
const scratch = Buffer.allocUnsafeSlow(READ_CHUNK_BYTES);

port.on('message', ({ id, job }: JobRequest) => {
  port.postMessage(answer(id, job));
});
// Where the process keeps a compile cache: written now, since a process that is killed never comes to write it at exit.
flushCompileCache();

function answer(id: number, job: HashJob): JobResponse {
  try {
    return { id, result: perform(job) };
  } catch (error) {
    return { id, failure: describe(error) };
  }
}

function perform(job: HashJob): JobResults[HashJob['kind']] {
  switch (job.kind) {
    case 'digest':
      return digest(job);
    case 'digest-blocks':
      return digestBlocks(job, scratch);
    case 'verify-and-write':
      return verifyAndWrite(job);
    case 'verify-files':
      return verifyFiles(job, scratch);
    case 'hash-files':
      return hashFiles(job, scratch);
    case 'layout':
      return layoutTree(job);
    case 'place':
      return placeFiles(job);
    case 'clone-file':
      return cloneFile(job);
    case 'copy-piece':
      return copyPiece(job, scratch);
  }
}

function verifyAndWrite(job: VerifyAndWriteJob): boolean {
  const verifier = new PieceVerifier(job.expected);
  verifier.update(job.bytes);
  if (!verifier.matches()) return false;
  writeSpans(job.bytes, job.writes);
  return true;
}

function digest(job: DigestJob): PieceDigests {
  const digester = new PieceDigester(job);
  for (const { start, length, padding, width } of job.pieces) {
    digester.update(job.bytes.subarray(start, start + length));
    digester.endPiece(padding, width);
  }
  writeSpans(job.bytes, job.writes);
  return digester.digests();
}

function describe(error: unknown): JobFailure {
  if (!(error instanceof Error)) return { errno: undefined, message: String(error), path: undefined };
  const { code, path } = error as NodeJS.ErrnoException;
  return { errno: code, message: error.message, path };
}
