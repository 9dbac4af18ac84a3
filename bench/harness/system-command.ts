import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { BenchError } from '../errors.ts';

/** How long a command of the system (ip, tc) may take, in milliseconds. */
const DEADLINE_MS = 10_000;

/**
 * Runs a short command of the system and gives what it printed.
 * @throws BenchError SHOAL_BENCH_MISSING_PROGRAM or SHOAL_BENCH_COMMAND
 */
export async function systemCommand(program: string, ...args: string[]): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(program, args, { timeout: DEADLINE_MS });
    return stdout;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
      const remedy = 'Install it (Debian: apt-get install iproute2 util-linux).';
      throw new BenchError('SHOAL_BENCH_MISSING_PROGRAM', `there is no program ${program}`, remedy, {
        cause: error,
      });
    }
    const message = error instanceof Error ? error.message.trim() : String(error);
    const remedy = 'The kernel may lack what the benchmark needs, or not allow it in a container.';
    throw new BenchError('SHOAL_BENCH_COMMAND', message, remedy, { cause: error });
  }
}
