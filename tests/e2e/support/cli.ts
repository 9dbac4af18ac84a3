import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const MAIN = new URL('../../../apps/cli/bin/shoal.mjs', import.meta.url).pathname;

/** Longest one command may run, in milliseconds; then it is killed, and the test sees the signal. */
const COMMAND_DEADLINE_MS = 100_000;
/** Longest a service may take to listen, in milliseconds. */
const LISTEN_DEADLINE_MS = 60_000;

/** What a command did. */
export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one `shoal` command to its end, with no environment but PATH. */
export async function shoal(...args: readonly string[]): Promise<CommandResult> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: COMMAND_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (output.stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...output };
}

/** Runs a command that must succeed, and gives what it printed. */
export async function shoalOk(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await shoal(...args);
  if (code !== 0) throw new Error(`shoal ${args.join(' ')} ended with ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** Starts `shoal fetch`, to be killed (SIGKILL) before it is done. */
export function startFetch(...args: readonly string[]): { kill(): Promise<void> } {
  const child = spawn(process.execPath, [MAIN, 'fetch', ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
    timeout: COMMAND_DEADLINE_MS,
    killSignal: 'SIGKILL',
  });
  const exited = once(child, 'exit');
  return {
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** A service in a process of its own. */
export interface ServiceProcess {
  readonly pid: number;
  /** What it logged when it began to listen: its addresses among it. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Ends it with the signal and waits until it is gone; gives the exit code, null after SIGKILL. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null>;
}

/** Starts `shoal <service>` and waits until its log says that it listens. */
export async function startService(service: string, ...args: readonly string[]): Promise<ServiceProcess> {
  const child = spawn(process.execPath, [MAIN, service, ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const log: string[] = [];
  const lines = createInterface({ input: child.stdout });
  const listening = new Promise<Record<string, string>>((resolve, reject) => {
    lines.on('line', (line) => {
      log.push(line);
      const entry = JSON.parse(line) as Record<string, string>;
      if (entry['msg'] === `${service} listens`) resolve(entry);
    });
    child.once('exit', (code) => reject(new Error(`${service} ended with ${code}\n${log.join('\n')}`)));
    AbortSignal.timeout(LISTEN_DEADLINE_MS).addEventListener('abort', () =>
      reject(new Error(`${service} does not listen\n${log.join('\n')}`)),
    );
  });
  try {
    const addresses = await listening;
    return { pid: child.pid!, addresses, end: (signal) => end(child, signal) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const exited = once(child, 'exit') as Promise<[number | null]>;
  child.kill(signal);
  return (await exited)[0];
}

/** Starts `shoal up` and waits until it says where its console is. */
export async function startUp(
  ...args: readonly string[]
): Promise<{ readonly console: string; end(): Promise<number | null> }> {
  const child = spawn(process.execPath, [MAIN, 'up', ...args], {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const notes: string[] = [];
  const ready = new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stderr }).on('line', (line) => {
      notes.push(line);
      const [, url] = /console (http:\S+)/.exec(line) ?? [];
      if (url !== undefined) resolve(url);
    });
    child.once('exit', (code) => reject(new Error(`up ended with ${code}\n${notes.join('\n')}`)));
    AbortSignal.timeout(LISTEN_DEADLINE_MS).addEventListener('abort', () =>
      reject(new Error(`up is not ready\n${notes.join('\n')}`)),
    );
  });
  try {
    return { console: await ready, end: () => end(child, 'SIGTERM') };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}
