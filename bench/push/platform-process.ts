import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { BenchError } from '../errors.ts';
import type { Cleanup } from '../harness/cleanup.ts';

const SHOAL = new URL('../../apps/cli/bin/shoal.mjs', import.meta.url).pathname;
const ANY_PORT = '127.0.0.1:0';
const READY_DEADLINE_MS = 60_000;

/** A whole platform in one process. */
export interface PlatformProcess {
  readonly pid: number;
  /** The catalog's gRPC endpoint. */
  readonly catalog: string;
}

/**
 * Starts `shoal up` with next to nothing to distribute, and waits until it has.
 * @param directory where it keeps everything; made
 * @throws BenchError SHOAL_BENCH_CONTESTANT
 */
export async function startPlatform(cleanup: Cleanup, directory: string): Promise<PlatformProcess> {
  const tree = join(directory, 'nothing');
  await mkdir(tree, { recursive: true });
  await writeFile(join(tree, 'a'), 'a');
  const addresses = ['--listen', ANY_PORT, '--http-listen', ANY_PORT, '--data-dir', join(directory, 'data')];
  const child = spawn(process.execPath, [SHOAL, 'up', tree, '--agents', '1', ...addresses], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  cleanup.add(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
  });
  let notes = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (notes += text));
  const signal = AbortSignal.timeout(READY_DEADLINE_MS);
  try {
    for await (const line of createInterface({ input: child.stdout, signal })) {
      if (!line.includes('until Ctrl-C')) continue;
      const [, catalog = ''] = /catalog (\S+) \(gRPC\)/.exec(notes) ?? [];
      return { pid: child.pid ?? 0, catalog };
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new BenchError('SHOAL_BENCH_CONTESTANT', `shoal up: ${notes}`, 'Run shoal up by hand.');
}

/**
 * Runs a `shoal` command to its end, and gives what it printed.
 * @throws BenchError SHOAL_BENCH_CONTESTANT when it fails or takes longer than `limitMs`
 */
export async function runShoal(args: readonly string[], limitMs: number): Promise<string> {
  try {
    const options = { timeout: limitMs, killSignal: 'SIGKILL' } as const;
    const { stdout } = await promisify(execFile)(process.execPath, [SHOAL, ...args], options);
    return stdout;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new BenchError('SHOAL_BENCH_CONTESTANT', message, 'Run the command by hand.', { cause: error });
  }
}
