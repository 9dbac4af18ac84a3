import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { BenchError } from '../errors.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { commandAt, type NetworkHost } from './network.ts';

const SCRIPT = fileURLToPath(new URL('./tracker-main.ts', import.meta.url));
const START_DEADLINE_MS = 10_000;

/**
 * Starts a tracker at a host of the benchmark's network.
 * @returns its announce URL
 * @throws BenchError SHOAL_BENCH_COMMAND
 */
export async function startTrackerProcess(cleanup: Cleanup, host: NetworkHost): Promise<string> {
  const [program, ...args] = commandAt(host, [process.execPath, SCRIPT, host.address]);
  const child = spawn(program, args, { detached: true, stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  cleanup.add(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  try {
    const signal = AbortSignal.timeout(START_DEADLINE_MS);
    const [url] = (await once(createInterface({ input: child.stdout }), 'line', { signal })) as [string];
    return url;
  } catch (cause) {
    throw new BenchError('SHOAL_BENCH_COMMAND', 'the tracker did not start', 'See what it said above.', {
      cause,
    });
  }
}
