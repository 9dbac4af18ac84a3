import { runCommandLine } from './program.ts';
import { ExitCode } from './exit-codes.ts';
import { createTerminal } from './output/terminal.ts';

/** Time a second Ctrl-C is given the same meaning as the first, in milliseconds: terminals send it twice in one press. */
const REPEAT_GRACE_MS = 500;

/** Runs the command line of this process and ends the process with its exit code. */
export async function run(): Promise<never> {
  const { argv, env, stderr, stdout } = process;
  // A reader that went away (`shoal ls | head -1`) is not a failure.
  for (const stream of [stdout, stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(ExitCode.ok);
      throw error;
    });
  }
  const code = await runCommandLine(argv.slice(2), {
    variables: env,
    terminal: createTerminal({ stdout, stderr, color: stderr.isTTY && env['NO_COLOR'] === undefined }),
    interrupted: interruption(),
  });
  await Promise.all([flushed(stdout), flushed(stderr)]);
  process.exit(code);
}

/** Fires on the first SIGINT or SIGTERM; another one, later, ends the process at once. */
function interruption(): AbortSignal {
  const controller = new AbortController();
  let first: number | undefined;
  const interrupt = (): void => {
    const now = Date.now();
    if (first !== undefined && now - first > REPEAT_GRACE_MS) process.exit(ExitCode.interrupted);
    first ??= now;
    controller.abort();
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  return controller.signal;
}

/** Resolves when what was written has left the process: pipes are asynchronous. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()));
}
