import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { ShoalError } from '@shoal/contracts';
import { Status } from 'nice-grpc-common';
import { processStart, UNKNOWN_START } from './process-start.ts';

/**
 * Keeps processes of this machine from fetching one torrent into one directory at the same time. Each leaves an empty file there
 * that is named after it, and looks for those of others then: of two, at least the later one sees the other. What processes left
 * that were killed holds nobody up, and is removed. Two that begin in the same moment may both be refused.
 * @param prefix path of the files, to which who has them is added
 * @returns disposing it lets the next one in
 * @throws ShoalError SHOAL_CLI_FETCHING
 */
export async function lockFetch(prefix: string): Promise<AsyncDisposable> {
  const start = (await processStart(process.pid)) ?? UNKNOWN_START;
  const own = `${prefix}.${process.pid}-${start}`;
  const unlock = (): Promise<void> => rm(own, { force: true });
  await mkdir(dirname(prefix), { recursive: true });
  await writeFile(own, '');
  try {
    for (const { pid, path } of await others(prefix, own)) {
      if (await isHeld(path, pid)) throw fetching(pid, dirname(prefix));
      await rm(path, { force: true });
    }
  } catch (error) {
    await unlock();
    throw error;
  }
  return { [Symbol.asyncDispose]: unlock };
}

interface Lock {
  readonly path: string;
  readonly pid: number;
}

async function others(prefix: string, own: string): Promise<Lock[]> {
  const start = `${basename(prefix)}.`;
  return (await readdir(dirname(prefix))).flatMap((name) => {
    const path = join(dirname(prefix), name);
    const pid = Number.parseInt(name.slice(start.length), 10);
    return name.startsWith(start) && path !== own && pid > 0 ? [{ path, pid }] : [];
  });
}

/** Whether the process that left the file is there, and not another one that has its pid now. */
async function isHeld(path: string, pid: number): Promise<boolean> {
  const start = await processStart(pid);
  if (start === undefined) return false;
  const left = path.slice(path.lastIndexOf('-') + 1);
  return [start, left].includes(UNKNOWN_START) || start === left;
}

function fetching(pid: number, directory: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_CLI_FETCHING',
    status: Status.FAILED_PRECONDITION,
    message: `process ${pid} is fetching this torrent into ${directory}`,
    remedy:
      'To fetch more of it, end that process and start one with both patterns, which goes on where it was; or wait for its end.',
  });
}
