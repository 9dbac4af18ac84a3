import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../../apps/cli/bin/shoal.mjs', import.meta.url).pathname;

/** A `shoal fetch --stream` that is running. */
export interface StreamFetch {
  /** Of the list of files. */
  readonly url: string;
  /** Resolves with the path that it prints when the fetch is done. */
  readonly fetched: Promise<string>;
  readonly pid: number;
  /** Ends it, with SIGTERM unless told otherwise; gives the exit code, null after SIGKILL. */
  end(signal?: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Starts `shoal fetch … --stream` and waits until it says where it serves. */
export async function startStreamFetch(...args: readonly string[]): Promise<StreamFetch> {
  const child = spawn(process.execPath, [MAIN, 'fetch', ...args, '--stream', '127.0.0.1:0'], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit') as Promise<[number | null]>;
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value } = (await lines.next()) as { value?: string };
    if (value === undefined) throw new Error('shoal fetch ended before it said where it serves');
    return value;
  };
  const url = await next();
  const fetched = next();
  fetched.catch(() => undefined);
  return {
    url,
    fetched,
    pid: child.pid!,
    async end(signal = 'SIGTERM') {
      child.kill(signal);
      return (await exited)[0];
    },
  };
}
