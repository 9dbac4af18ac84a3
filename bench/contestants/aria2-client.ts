import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import type { ContestantArguments } from './arguments.ts';
import { Aria2Rpc } from './aria2-rpc.ts';
import { type ContestantFigures, say } from './events.ts';
import type { ContestantClient } from './run-contestant.ts';

/** Nothing but TCP in plain text, and no limit that a gigabit would meet. */
const COMMON_OPTIONS = [
  '--no-conf',
  '--quiet',
  '--enable-dht=false',
  '--enable-dht6=false',
  '--bt-enable-lpd=false',
  '--disable-ipv6=true',
  '--file-allocation=none',
  '--check-integrity=true',
  '--allow-overwrite=true',
  '--auto-save-interval=1',
  '--disk-cache=64M',
  '--seed-ratio=0.0',
  '--bt-max-peers=0',
  '--bt-request-peer-speed-limit=1000M',
  '--enable-rpc=true',
];

/** How often a seeder that checks its data is asked whether it is done, in milliseconds. */
const CHECK_POLL_MS = 100;

/** aria2c with one torrent. It learns of peers from trackers alone. */
export class Aria2Client implements ContestantClient {
  readonly port: number;
  readonly #args: ContestantArguments;
  readonly #rpcPort: number;
  readonly #completed = Promise.withResolvers<undefined>();
  #child: ChildProcess | undefined;
  #rpc: Aria2Rpc | undefined;

  private constructor(args: ContestantArguments, port: number, rpcPort: number) {
    this.#args = args;
    this.port = port;
    this.#rpcPort = rpcPort;
    // Whoever waits for it hears of a failure; a seeder's nobody waits for.
    this.#completed.promise.catch(() => undefined);
  }

  static async open(args: ContestantArguments): Promise<Aria2Client> {
    if (args.peers.length > 0) throw new Error('aria2 takes no --peer: it needs a tracker');
    const port = args.listen.port === 0 ? await freePort(args.listen.host) : args.listen.port;
    return new Aria2Client(args, port, await freePort('127.0.0.1'));
  }

  async start(): Promise<void> {
    const { listen, directory, torrent, options } = this.#args;
    const own = [...options].map(([name, value]) => `--${name}=${value}`);
    this.#child = spawn(
      'aria2c',
      [
        ...COMMON_OPTIONS,
        `--interface=${listen.host}`,
        `--listen-port=${this.port}`,
        `--rpc-listen-port=${this.#rpcPort}`,
        `--stop-with-process=${process.pid}`,
        `--dir=${directory}`,
        ...own,
        `--torrent-file=${torrent}`,
      ],
      { stdio: ['ignore', 'ignore', 'inherit'] },
    );
    this.#child.once('exit', (code, signal) => {
      this.#completed.reject(new Error(`aria2c ended: ${String(code ?? signal)}`));
    });
    await once(this.#child, 'spawn');
    say({ ev: 'pid', pid: this.#child.pid ?? 0 });
    this.#rpc = await Aria2Rpc.connect(this.#rpcPort, {
      onComplete: () => this.#completed.resolve(undefined),
    });
    if (this.#args.role === 'seed') {
      await this.#checked(this.#rpc);
      return;
    }
    // A small torrent can be complete before we are connected, and be told to nobody.
    const { completed, total } = await this.#rpc.status();
    if (completed === total) this.#completed.resolve(undefined);
  }

  async complete(): Promise<void> {
    await this.#completed.promise;
  }

  async figures(): Promise<ContestantFigures> {
    const status = await this.#rpc?.status();
    return {
      done: status?.completed ?? 0,
      up: status?.uploaded ?? 0,
      peers: status?.connections ?? 0,
    };
  }

  kill(): void {
    this.#child?.kill('SIGKILL');
  }

  /** aria2 shows what it has verified as completed only when it has verified all. */
  async #checked(rpc: Aria2Rpc): Promise<void> {
    for (;;) {
      const { isSeeder, isChecking, completed, total } = await rpc.status();
      if (isSeeder && !isChecking && completed === total) return;
      await new Promise((resolve) => setTimeout(resolve, CHECK_POLL_MS));
    }
  }
}

/** A TCP port that was free a moment ago: aria2 cannot report the one it chose. */
async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
