import { Worker } from 'node:worker_threads';
import { StoreError } from '../ports/store-error.ts';
import { DEFAULT_HASH_THREADS, JOB_DEADLINE_MS, JOBS_AHEAD, MAX_QUEUED_JOBS } from './constants.ts';
import type { HashJob, JobResponse, JobResults } from './jobs.ts';
import { closedError, jobFailure } from './store-failure.ts';

export interface HashPoolInit {
  /** Hashing threads, started when there is work for them or by {@link HashPool.startThreads}. @default 2 */
  readonly threads?: number;
  /** How long one job may take once a thread has it, in milliseconds. @default 2 minutes */
  readonly jobDeadlineMs?: number;
}

/** Threads that hash and write, shared by all torrents of a process. Without work it keeps no timer and no process alive. */
export interface HashPool {
  readonly threads: number;
  /** Starts all threads now: each takes some 0.1 CPU seconds to start, which the first job would wait for. */
  startThreads(): void;
  /**
   * Runs one job; jobs start in the order they were given.
   * @throws StoreError of the file at fault; SHOAL_STORE_CLOSED; SHOAL_STORE_IO when the thread died or its deadline
   * passed. After a deadline the thread may still read the job's buffer: drop the buffer, do not use it again.
   */
  run<K extends HashJob['kind']>(job: Extract<HashJob, { readonly kind: K }>): Promise<JobResults[K]>;
  /** Waits for the jobs that threads have, rejects those that wait, and ends the threads. Idempotent. */
  close(): Promise<void>;
}

/** Makes a pool; it starts no thread until the first job or {@link HashPool.startThreads}. */
export function createHashPool(init: HashPoolInit = {}): HashPool {
  return new ThreadPool(init.threads ?? DEFAULT_HASH_THREADS, init.jobDeadlineMs ?? JOB_DEADLINE_MS);
}

interface PendingJob {
  readonly job: HashJob;
  readonly resolve: (result: JobResults[HashJob['kind']]) => void;
  readonly reject: (error: StoreError) => void;
}

class ThreadPool implements HashPool {
  readonly threads: number;
  readonly #jobDeadlineMs: number;
  readonly #queue: PendingJob[] = [];
  readonly #running = new Set<HashThread>();
  #closing: Promise<void> | undefined;

  constructor(threads: number, jobDeadlineMs: number) {
    this.threads = threads;
    this.#jobDeadlineMs = jobDeadlineMs;
  }

  startThreads(): void {
    while (this.#closing === undefined && this.#running.size < this.threads) this.#startThread();
  }

  run<K extends HashJob['kind']>(job: Extract<HashJob, { readonly kind: K }>): Promise<JobResults[K]> {
    if (this.#closing !== undefined) return Promise.reject(closedError('the hashing pool'));
    if (this.#queue.length >= MAX_QUEUED_JOBS) return Promise.reject(queueFull());
    return new Promise((resolve, reject) => {
      // A thread answers a job with the result of its kind.
      const settle = resolve as (result: JobResults[HashJob['kind']]) => void;
      this.#queue.push({ job, resolve: settle, reject });
      this.#dispatch();
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const pending of this.#queue.splice(0)) pending.reject(closedError('the hashing pool'));
    await Promise.all([...this.#running].map((thread) => thread.close()));
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const thread = this.#leastBusy();
      if (thread === undefined) return;
      const next = this.#queue.shift();
      if (next !== undefined) thread.start(next);
    }
  }

  /** A thread that can take a job; an idle one, or a new one, before one that is at work. */
  #leastBusy(): HashThread | undefined {
    let best: HashThread | undefined;
    for (const thread of this.#running) {
      if (best === undefined || thread.load < best.load) best = thread;
    }
    if ((best === undefined || best.load > 0) && this.#running.size < this.threads)
      return this.#startThread();
    return best !== undefined && best.load < JOBS_AHEAD ? best : undefined;
  }

  #startThread(): HashThread {
    const thread: HashThread = new HashThread(this.#jobDeadlineMs, {
      onIdle: () => {
        this.#dispatch();
      },
      onGone: () => {
        this.#running.delete(thread);
        this.#dispatch();
      },
    });
    this.#running.add(thread);
    return thread;
  }
}

interface HashThreadEvents {
  /** A job ended: there is room for another. */
  readonly onIdle: () => void;
  /** The thread is lost and takes no more jobs. */
  readonly onGone: () => void;
}

interface RunningJob extends PendingJob {
  readonly deadline: NodeJS.Timeout;
}

/** One worker thread and the jobs it has. */
class HashThread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, RunningJob>();
  readonly #deadlineMs: number;
  readonly #events: HashThreadEvents;
  #nextId = 0;
  #drained: (() => void) | undefined;

  constructor(deadlineMs: number, events: HashThreadEvents) {
    this.#deadlineMs = deadlineMs;
    this.#events = events;
    // No flags of the process: what it preloads (telemetry) is not for a thread that only hashes.
    this.#worker = new Worker(new URL('./hash-worker.ts', import.meta.url), { execArgv: [] });
    this.#worker.unref();
    this.#worker.on('message', (response: JobResponse) => {
      this.#finish(response);
    });
    this.#worker.on('error', (error) => {
      this.#lose(`a hashing thread failed: ${error instanceof Error ? error.message : String(error)}`);
    });
    this.#worker.on('exit', () => {
      this.#lose('a hashing thread ended');
    });
  }

  get load(): number {
    return this.#jobs.size;
  }

  start(pending: PendingJob): void {
    const id = this.#nextId++;
    const deadline = setTimeout(() => {
      this.#lose(`a hashing job took longer than ${String(this.#deadlineMs)} ms`);
      void this.#worker.terminate();
    }, this.#deadlineMs);
    if (this.#jobs.size === 0) this.#worker.ref();
    this.#jobs.set(id, { ...pending, deadline });
    this.#worker.postMessage({ id, job: pending.job });
  }

  async close(): Promise<void> {
    if (this.#jobs.size > 0) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
      });
    }
    await this.#worker.terminate();
  }

  #finish(response: JobResponse): void {
    const running = this.#jobs.get(response.id);
    if (running === undefined) return;
    this.#jobs.delete(response.id);
    clearTimeout(running.deadline);
    if (this.#jobs.size === 0) this.#worker.unref();
    if ('failure' in response) running.reject(jobFailure(response.failure));
    else running.resolve(response.result);
    this.#events.onIdle();
    this.#reportDrained();
  }

  #lose(why: string): void {
    for (const running of this.#jobs.values()) {
      clearTimeout(running.deadline);
      running.reject(jobFailure({ errno: undefined, message: why, path: undefined }));
    }
    this.#jobs.clear();
    this.#events.onGone();
    this.#reportDrained();
  }

  #reportDrained(): void {
    if (this.#jobs.size === 0) this.#drained?.();
  }
}

function queueFull(): StoreError {
  return new StoreError('SHOAL_STORE_IO', `more than ${String(MAX_QUEUED_JOBS)} hashing jobs wait`, {
    remedy: 'The disk is far behind: lower the number of transfers, or move the data to a faster disk.',
  });
}
