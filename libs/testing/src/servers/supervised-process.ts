import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Account } from './account.ts';

const WATCHDOG = fileURLToPath(new URL('./watchdog.ts', import.meta.url));

/** Characters of a server's output kept to explain why it ended. */
const OUTPUT_KEPT = 4_000;

/** What to run, where, and as whom. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  /** Working directory; removed by {@link SupervisedProcess.stop}, and when this process dies. */
  readonly directory: string;
  /** Whom to run it as; undefined: as ourselves. */
  readonly account: Account | undefined;
}

/** A server process that cannot outlive the test that started it: `watchdog.ts` stands between the two. */
export class SupervisedProcess {
  readonly #watchdog: ChildProcess;
  readonly #directory: string;
  #output = '';

  constructor(spec: ProcessSpec) {
    const { directory, account, command, args } = spec;
    this.#directory = directory;
    const identity = account === undefined ? ['', ''] : [String(account.uid), String(account.gid)];
    this.#watchdog = spawn(process.execPath, [WATCHDOG, directory, ...identity, command, ...args], {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    for (const stream of [this.#watchdog.stdout, this.#watchdog.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output = (this.#output + text).slice(-OUTPUT_KEPT);
      });
    }
  }

  /** Why the server is not running, with the end of its output; undefined while it runs. */
  exited(): string | undefined {
    const { exitCode, signalCode } = this.#watchdog;
    if (exitCode === null && signalCode === null) return undefined;
    return `it ended (${String(exitCode ?? signalCode)}): ${this.#output.trim()}`;
  }

  /** Kills the server at once, as a crash would; its directory stays. */
  async kill(): Promise<void> {
    await this.#end(() => this.#watchdog.kill('SIGTERM'));
  }

  /** Stops the server and removes its directory. */
  async stop(): Promise<void> {
    await this.#end(() => this.#watchdog.stdin?.end());
    // The watchdog has done it, unless it ended earlier, with a killed server.
    await rm(this.#directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async #end(ask: () => void): Promise<void> {
    if (this.exited() !== undefined) return;
    const exit = once(this.#watchdog, 'exit');
    ask();
    await exit;
  }
}
