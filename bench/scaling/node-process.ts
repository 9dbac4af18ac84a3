import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { PeerAddress } from '@shoal/session';
import { BenchError } from '../errors.ts';
import type { Cleanup } from '../harness/cleanup.ts';
import { processUsage, type ProcessUsage } from '../harness/process-usage.ts';
import type { NodeCommand, NodeEvent, NodeInit } from './node-messages.ts';

const PROGRAM = fileURLToPath(new URL('./node.mjs', import.meta.url));
/** Longest time that a node may take to start, in milliseconds: hundreds of sessions and torrents on a busy machine. */
const START_DEADLINE_MS = 120_000;

/** One process of the scaling benchmark. */
export class NodeProcess {
  readonly #child: ChildProcess;
  #addresses: readonly PeerAddress[] = [];
  #markedAt = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /**
   * Starts a process with sessions and torrents; it is killed with the cleanup.
   * @throws BenchError SHOAL_BENCH_CONTESTANT
   */
  static async start(cleanup: Cleanup, init: NodeInit): Promise<NodeProcess> {
    // A process group of its own: a Ctrl-C is the harness's to handle.
    const child = fork(PROGRAM, { detached: true, execArgv: [] });
    cleanup.add(() => child.kill('SIGKILL'));
    const node = new NodeProcess(child);
    const started = await node.#ask({ type: 'start', init }, START_DEADLINE_MS);
    if (started.type === 'started') node.#addresses = started.addresses;
    return node;
  }

  /** Where its sessions take peers. */
  get addresses(): readonly PeerAddress[] {
    return this.#addresses;
  }

  /**
   * Lets it fetch from these peers, until it has everything.
   * @throws BenchError SHOAL_BENCH_CONTESTANT when that takes longer than `deadlineMs`
   */
  async fetch(peers: readonly PeerAddress[], deadlineMs: number): Promise<void> {
    await this.#ask({ type: 'connect', peers }, deadlineMs);
  }

  /** CPU seconds count from now on. */
  mark(): void {
    this.#markedAt = this.usage().cpuSeconds;
  }

  /** CPU seconds since {@link mark}. */
  cpuSeconds(): number {
    return this.usage().cpuSeconds - this.#markedAt;
  }

  /** @throws BenchError SHOAL_BENCH_CONTESTANT when the process is gone */
  usage(): ProcessUsage {
    const usage = processUsage(this.#child.pid ?? 0);
    if (usage === undefined) throw failure('the process is gone');
    return usage;
  }

  async #ask(command: NodeCommand, deadlineMs: number): Promise<NodeEvent> {
    const signal = AbortSignal.timeout(deadlineMs);
    const answered = once(this.#child, 'message', { signal });
    this.#child.send(command);
    try {
      const [event] = (await answered) as [NodeEvent];
      if (event.type === 'failed') throw failure(event.message);
      return event;
    } catch (error) {
      if (error instanceof BenchError) throw error;
      throw failure(`no answer to ${command.type} within ${deadlineMs / 1_000} s`, error);
    }
  }
}

function failure(what: string, cause?: unknown): BenchError {
  const remedy = 'Choose fewer with --most, or a longer --limit.';
  return new BenchError('SHOAL_BENCH_CONTESTANT', `a process of the benchmark: ${what}`, remedy, { cause });
}
