import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const ROOT = dirname(fileURLToPath(new URL('.', import.meta.url)));

/** A program to run, from the root. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  /** Added to our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** In ms; then the program and all it started are killed. */
  readonly deadline: number;
  /** Pass its output through while it runs, instead of keeping it. */
  readonly live?: boolean;
}

/** How a program ended. */
export interface Outcome {
  readonly code: number;
  /** Standard output and error together; empty when they were passed through. */
  readonly output: string;
  readonly timedOut: boolean;
  /** Wall-clock time, in ms. */
  readonly elapsed: number;
}

/** A Node program of this repository, run by the Node that runs us. */
export function node(script: string, ...args: string[]): Pick<Command, 'program' | 'args'> {
  return { program: process.execPath, args: [script, ...args] };
}

const running = new Set<number>();

/** Kills every program still running, with all they started: for when we are told to end. */
export function killAll(): void {
  for (const pid of running) killGroup(pid);
}

/**
 * Runs a program in a process group of its own, so that nothing of it is left behind after its deadline.
 * Never rejects: a program that cannot be started ends with code 127.
 */
export function runCommand(command: Command): Promise<Outcome> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const child = spawn(command.program, command.args, {
      cwd: ROOT,
      detached: true,
      env: { ...process.env, ...command.env },
      stdio: command.live === true ? ['ignore', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let timedOut = false;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    const { pid } = child;
    if (pid !== undefined) running.add(pid);
    const timer = setTimeout(() => {
      timedOut = true;
      if (pid !== undefined) killGroup(pid);
    }, command.deadline);
    const finish = (code: number): void => {
      clearTimeout(timer);
      if (pid !== undefined) {
        running.delete(pid);
        // What it left running would hold its ports and files against the next stage.
        killGroup(pid);
      }
      resolve({ code, output, timedOut, elapsed: performance.now() - begin });
    };
    child.once('error', (error) => {
      output += error.message;
      finish(127);
    });
    // `close` would also wait for whatever still holds the pipes.
    child.once('exit', (code) => {
      setImmediate(finish, timedOut ? 124 : (code ?? 1));
    });
  });
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of the group is left.
  }
}
