import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { NetworkHost } from '../../../bench/network/network.ts';

/** How long a stock client may take to start listening, in milliseconds. */
export const READY_DEADLINE_MS = 20_000;

/** Where clients run that are not told. */
export const ON_LOOPBACK: NetworkHost = { address: '127.0.0.1' };

/** How long a stopped client may take to exit before it is killed, in milliseconds. */
const STOP_DEADLINE_MS = 3_000;

/** The last characters of a client's output that a failure shows. */
const OUTPUT_TAIL = 4_000;

/** What a stock client is asked to do: every driver takes this. */
export interface StockClientInit {
  /** Path of the .torrent file. */
  readonly torrentFile: string;
  /** Where the torrent's root (or its single file) lies or will lie: the client's save path. */
  readonly directory: string;
  /** A seeder already holds the whole torrent in `directory`. */
  readonly role: 'seeder' | 'leecher';
  /** Peers to connect to at once (not aria2 and Transmission: they learn of peers from the torrent's trackers). */
  readonly peers?: readonly { readonly host: string; readonly port: number }[];
  /** Where it runs. @default on loopback */
  readonly at?: NetworkHost;
  /** The client's own settings, by the names that it has for them. */
  readonly settings?: Readonly<Record<string, string | number | boolean>>;
}

/** A stock client at work on one torrent. */
export interface StockClient {
  /** The TCP port at which it takes peers. */
  readonly port: number;
  /** Resolves once it has verified every piece; rejects after `deadlineMs` or when the client fails. */
  complete(deadlineMs: number): Promise<void>;
  /** Ends the process and waits until it is gone. Safe to call twice. */
  stop(): Promise<void>;
}

/** A client's process, read line by line; every wait is bounded and fails when the process ends. */
export interface LineProcess {
  readonly child: ChildProcessWithoutNullStreams;
  /** Resolves with the first line, past or future, that `match` maps to a value. */
  waitForLine<T>(what: string, match: (line: string) => T | undefined, deadlineMs: number): Promise<T>;
  stop(): Promise<void>;
}

/** Starts `command` and collects what it prints to both outputs. */
export function startLineProcess(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): LineProcess {
  const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
  const lines: string[] = [];
  const listeners = new Set<(line: string) => void>();
  const onLine = (line: string): void => {
    lines.push(line);
    for (const listener of [...listeners]) listener(line);
  };
  splitLines(child.stdout, onLine);
  splitLines(child.stderr, onLine);
  const exited = new Promise<string>((resolve) => {
    child.once('error', (error) => {
      resolve(error.message);
    });
    child.once('close', (code, signal) => {
      resolve(code === 0 ? 'ok' : `exit ${String(code ?? signal)}`);
    });
  });
  child.stdin.on('error', () => undefined); // the process may be gone before its input is written
  const failure = (what: string, why: string): Error =>
    new Error(`${command}: ${what}: ${why}\n${lines.join('\n').slice(-OUTPUT_TAIL)}`);

  return {
    child,
    waitForLine: (what, match, deadlineMs) =>
      new Promise((resolve, reject) => {
        const finish = (act: () => void): void => {
          clearTimeout(timer);
          listeners.delete(listener);
          act();
        };
        const listener = (line: string): void => {
          const value = match(line);
          if (value === undefined) return;
          finish(() => {
            resolve(value);
          });
        };
        const timer = setTimeout(() => {
          finish(() => {
            reject(failure(what, `nothing within ${String(deadlineMs)} ms`));
          });
        }, deadlineMs);
        listeners.add(listener);
        void exited.then((how) => {
          finish(() => {
            reject(failure(what, how));
          });
        });
        for (const line of [...lines]) listener(line);
      }),
    async stop() {
      child.stdin.end();
      child.kill('SIGTERM');
      const how = await Promise.race([exited, deadline(STOP_DEADLINE_MS)]);
      if (how !== TIMED_OUT) return;
      child.kill('SIGKILL');
      await exited;
    },
  };
}

const TIMED_OUT = 'deadline passed';

async function deadline(milliseconds: number): Promise<string> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds, TIMED_OUT).unref();
  });
}

function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = (rest + chunk).split(/[\r\n]+/);
    rest = parts.pop() ?? '';
    for (const part of parts) onLine(part);
  });
}
