import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { pipeline, Readable } from 'node:stream';
import {
  type Clock,
  fileResponse,
  type HttpHandler,
  type HttpRequest,
  type HttpResponse,
  type Telemetry,
  text,
} from '@shoal/service';
import { BUSY_RETRY_SECONDS, MAX_FILE_ANSWERS } from '../constants.ts';
import type { Trees } from '../seeding/trees.ts';
import { type ContentPath, parseContentPath, pathInTree } from './content-path.ts';
import { Pace, PacedStream } from './paced-stream.ts';
import { paddingFile, type ServedFile, treeFile } from './served-file.ts';

/** Collaborators of {@link createFileServer}. */
export interface FileServerComponents {
  readonly trees: Pick<Trees, 'path'>;
  /** Whether a content is served under an artifact's name. */
  readonly isServed: (content: ContentPath) => boolean;
  readonly clock: Clock;
  readonly telemetry: Pick<Telemetry, 'meter'>;
}

export interface FileServerInit {
  /** Most that all answers together send, in bytes per second; undefined for no limit. */
  readonly uploadLimit: number | undefined;
}

/**
 * Answers GET and HEAD of files of complete artifacts, in byte ranges (RFC 9110), for clients that take the seeder as a web
 * seed (BEP 19). At most MAX_FILE_ANSWERS at a time; others get 503 with Retry-After. Symlinks are not followed: metainfo
 * names them, so clients need not ask. Padding of hybrids is there for clients that take it for files.
 */
export function createFileServer(
  { trees, isServed, clock, telemetry }: FileServerComponents,
  { uploadLimit }: FileServerInit,
): HttpHandler {
  const pace = uploadLimit === undefined ? undefined : new Pace(clock, uploadLimit);
  const sent = telemetry.meter.createCounter('shoal_seeder_file_bytes', {
    description:
      'Bytes of files that were read to be sent over HTTP, to web seed clients, beside what peers were sent',
  });
  sent.add(0);
  let answers = 0;

  async function answer(request: HttpRequest): Promise<HttpResponse> {
    const content = parseContentPath(request.path);
    const file = content && isServed(content) ? await find(content) : undefined;
    if (content === undefined || file === undefined) return text(404, 'not found\n');
    const response = fileResponse(request, {
      size: file.size,
      etag: `"${content.digest}"`,
      read: (range) => paced(file.read(range)),
    });
    if (response.body === undefined) await file.close();
    return response;
  }

  async function find(content: ContentPath): Promise<ServedFile | undefined> {
    const handle = await openFile(trees.path(content.digest), content);
    if (handle === undefined) return paddingFile(content);
    return treeFile(handle, (bytes) => sent.add(bytes));
  }

  function paced(bytes: Readable): Readable {
    if (pace === undefined) return bytes;
    // A failure shows as an answer that ends early.
    return pipeline(bytes, new PacedStream(pace), () => undefined);
  }

  return async (request) => {
    if (answers >= MAX_FILE_ANSWERS) {
      return { status: 503, headers: { 'retry-after': String(BUSY_RETRY_SECONDS) } };
    }
    answers += 1;
    const done = (): void => void (answers -= 1);
    try {
      const response = await answer(request);
      if (response.body instanceof Readable) response.body.once('close', done);
      else done();
      return response;
    } catch (error) {
      done();
      throw error;
    }
  };
}

/** Opens a regular file of the tree at `root`; undefined when there is none at that path, or behind a symlink only. */
async function openFile(root: string, content: ContentPath): Promise<FileHandle | undefined> {
  try {
    const path = pathInTree(await realpath(root), content);
    if ((await realpath(path)) !== path) return undefined;
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    if ((await file.stat()).isFile()) return file;
    await file.close();
    return undefined;
  } catch (error) {
    if (error instanceof Error && 'code' in error && MISSING.has(String(error.code))) return undefined;
    throw error;
  }
}

/** What the system says of paths at which no file is. */
const MISSING: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR']);
