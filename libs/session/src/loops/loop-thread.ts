import { Worker } from 'node:worker_threads';
import { CLOSE_DEADLINE, REPORT_DEADLINE } from './constants.ts';
import { LoopError } from './loop-error.ts';
import type { LoopCommand, LoopInit, LoopReport } from './loop-messages.ts';

/** What a {@link LoopThread} tells. */
export interface LoopThreadEvents {
  onReport(report: LoopReport): void;
  /** The thread is gone, and nobody asked it to go. The last call. */
  onLost(error: LoopError): void;
}

/** One event loop in a thread of its own. It keeps no process alive. */
export class LoopThread {
  readonly #worker: Worker;
  readonly #events: LoopThreadEvents;
  /** Runs out when reports stay away. */
  readonly #watchdog: NodeJS.Timeout;
  readonly #exit: Promise<void>;
  #cause: unknown;
  #isClosing = false;

  constructor(init: LoopInit, events: LoopThreadEvents) {
    this.#events = events;
    // No flags of the process: what it preloads (telemetry) would find no spans or metrics in there.
    this.#worker = new Worker(new URL('./loop-worker.ts', import.meta.url), {
      execArgv: [],
      workerData: init,
    });
    this.#worker.unref();
    this.#watchdog = setTimeout(() => {
      this.terminate(`no report for ${REPORT_DEADLINE} ms`);
    }, REPORT_DEADLINE).unref();
    this.#worker.on('message', (report: LoopReport) => {
      this.#watchdog.refresh();
      this.#events.onReport(report);
    });
    this.#worker.on('error', (error) => {
      this.#cause = error;
    });
    this.#exit = new Promise((resolve) => {
      this.#worker.once('exit', (code) => {
        clearTimeout(this.#watchdog);
        resolve();
        if (!this.#isClosing) this.#events.onLost(diedError(code, this.#cause));
      });
    });
  }

  post(command: LoopCommand): void {
    this.#worker.postMessage(command);
  }

  /** Ends the thread at once: it is lost, for this reason. */
  terminate(reason: string): void {
    this.#cause = new Error(reason);
    void this.#worker.terminate();
  }

  /** Disconnects and ends the thread; by force after CLOSE_DEADLINE. Idempotent. */
  async close(): Promise<void> {
    if (!this.#isClosing) {
      this.#isClosing = true;
      this.post({ kind: 'close' });
    }
    const deadline = setTimeout(() => void this.#worker.terminate(), CLOSE_DEADLINE);
    await this.#exit;
    clearTimeout(deadline);
  }
}

function diedError(code: number, cause: unknown): LoopError {
  const reason = cause instanceof Error ? cause.message : `exit code ${code}`;
  return new LoopError('SHOAL_LOOPS_DIED', `an event loop of the session died: ${reason}`, {
    remedy: 'It is replaced, and its peers connect again. Report what it says when it happens again.',
    cause,
  });
}
