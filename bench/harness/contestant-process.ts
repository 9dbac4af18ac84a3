import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { EventEmitter, once } from 'node:events';
import { createInterface } from 'node:readline';
import type { ContestantEvent, ContestantFigures } from '../contestants/events.ts';
import { BenchError } from '../errors.ts';
import type { CommandLine } from '../network/network.ts';
import { processUsage, type ProcessUsage } from './process-usage.ts';

/** How long a contestant may take to answer `quit` before it is killed, in milliseconds. */
const QUIT_DEADLINE_MS = 3_000;
/** The last characters of standard error that a failure shows. */
const ERROR_TAIL = 2_000;

/** One contestant at work: what it said last, what it has used. */
export class ContestantProcess {
  readonly name: string;
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #events = new EventEmitter();
  /** Event → when it came first, on the clock of `performance.now()`. */
  readonly #heard = new Map<ContestantEvent['ev'] | 'exit', number>();
  #pid: number;
  #port = 0;
  #figures: ContestantFigures = { done: 0, up: 0, peers: 0 };
  #errorTail = '';
  #lastUsage: ProcessUsage | undefined;
  /** Process and its CPU seconds when the clock started: aria2's process is another one from `go` on. */
  #mark = { pid: 0, cpuSeconds: 0 };

  /** Starts `command` in a process group of its own, so that a Ctrl-C meant for the harness does not end it. */
  constructor(name: string, command: CommandLine, args: readonly string[]) {
    const [program, ...first] = command;
    this.name = name;
    this.#events.setMaxListeners(0);
    this.#child = spawn(program, [...first, ...args], { detached: true, stdio: ['pipe', 'pipe', 'pipe'] });
    this.#pid = this.#child.pid ?? 0;
    this.#child.stdin.on('error', () => undefined); // it may be gone before it is told to quit
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errorTail = (this.#errorTail + text).slice(-ERROR_TAIL);
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => this.#onLine(line));
    this.#child.once('error', (error) => {
      this.#errorTail += error.message;
      this.#hear('exit');
    });
    this.#child.once('close', () => this.#hear('exit'));
  }

  /** Where it takes peers; 0 before it is ready. */
  get port(): number {
    return this.#port;
  }

  /** What it said last; at most a second old while it runs. */
  get figures(): ContestantFigures {
    return this.#figures;
  }

  get isRunning(): boolean {
    return !this.#heard.has('exit');
  }

  /** When it said so first, on the clock of `performance.now()`. */
  heardAt(event: ContestantEvent['ev']): number | undefined {
    return this.#heard.get(event);
  }

  /** CPU seconds count from now on. */
  mark(): void {
    this.#mark = { pid: this.#pid, cpuSeconds: this.usage().cpuSeconds };
  }

  /** CPU seconds since {@link mark}. */
  cpuSeconds(): number {
    const { cpuSeconds } = this.usage();
    return this.#pid === this.#mark.pid ? cpuSeconds - this.#mark.cpuSeconds : cpuSeconds;
  }

  /** CPU and memory of the client's process: of the last moment when it is gone. */
  usage(): ProcessUsage {
    this.#lastUsage = processUsage(this.#pid) ?? this.#lastUsage;
    return this.#lastUsage ?? { cpuSeconds: 0, peakRssMib: 0, anonymousMib: 0 };
  }

  /**
   * Resolves when it has said so, at once when it has already.
   * @throws BenchError SHOAL_BENCH_CONTESTANT when it ends first or takes longer than `deadlineMs`
   */
  async said(event: ContestantEvent['ev'], deadlineMs: number): Promise<void> {
    const signal = AbortSignal.timeout(deadlineMs);
    while (!this.#heard.has(event)) {
      if (!this.isRunning) throw this.#failure(`ended before ${event}`);
      try {
        await once(this.#events, 'heard', { signal });
      } catch (error) {
        throw this.#failure(`not ${event} within ${deadlineMs / 1_000} s`, error);
      }
    }
  }

  /** Lets a leecher start. */
  go(): void {
    this.mark();
    this.#child.stdin.write('go\n');
  }

  /** Ends it politely, which brings its final figures up to date, else with a kill. Idempotent. */
  async quit(): Promise<void> {
    if (!this.isRunning) return;
    this.usage();
    this.#child.stdin.end('quit\n');
    try {
      await this.#exit(QUIT_DEADLINE_MS);
    } catch {
      // What it has not said by now it does not know.
    }
    await this.kill();
  }

  /** Kills it and all it started (SIGKILL), and waits until it is gone. */
  async kill(): Promise<void> {
    this.usage();
    if (!this.isRunning || this.#child.pid === undefined) return;
    process.kill(-this.#child.pid, 'SIGKILL');
    await this.#exit(QUIT_DEADLINE_MS);
  }

  async #exit(deadlineMs: number): Promise<void> {
    const signal = AbortSignal.timeout(deadlineMs);
    while (this.isRunning) await once(this.#events, 'heard', { signal });
  }

  #onLine(line: string): void {
    const event = JSON.parse(line) as ContestantEvent;
    if (event.ev === 'pid') this.#pid = event.pid;
    else if (event.ev === 'ready') this.#port = event.port;
    else if (event.ev === 'error') this.#errorTail += event.msg;
    else if (event.ev !== 'complete') this.#figures = event;
    this.#hear(event.ev);
  }

  #hear(event: ContestantEvent['ev'] | 'exit'): void {
    if (!this.#heard.has(event)) this.#heard.set(event, performance.now());
    this.#events.emit('heard');
  }

  #failure(what: string, cause?: unknown): BenchError {
    return new BenchError(
      'SHOAL_BENCH_CONTESTANT',
      `${this.name}: ${what}\n${this.#errorTail.trim()}`.trim(),
      'Run it alone with --clients, or with a longer --limit.',
      { cause },
    );
  }
}
