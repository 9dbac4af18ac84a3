import { createInterface } from 'node:readline';
import { type ContestantArguments, parseContestantArguments } from './arguments.ts';
import { type ContestantFigures, say } from './events.ts';

const STAT_INTERVAL_MS = 1_000;

/** A BitTorrent client with one torrent, driven by {@link runContestant}. */
export interface ContestantClient {
  /** The TCP port at which it takes peers. */
  readonly port: number;
  /** Adds the torrent, announces it, connects; resolves when a seeder has checked its data. Called once. */
  start(): Promise<void>;
  /** Resolves when every piece is verified and written. */
  complete(): Promise<void>;
  figures(): Promise<ContestantFigures>;
  /** Ends at once whatever would outlive this process. */
  kill(): void;
}

/**
 * Drives a client as the harness says on standard input: `go` starts a leecher, `quit` or the end of input ends the
 * process. Tells what happens on standard output, see ContestantEvent.
 * @param open makes the client; for a leecher, without the torrent
 */
export async function runContestant(
  open: (args: ContestantArguments) => Promise<ContestantClient>,
): Promise<void> {
  try {
    const args = parseContestantArguments(process.argv.slice(2));
    const client = await open(args);
    process.once('exit', () => client.kill());
    obey(client, args.role);
    if (args.role === 'seed') await client.start();
    say({ ev: 'ready', port: client.port });
  } catch (error) {
    fail(error);
  }
}

function obey(client: ContestantClient, role: ContestantArguments['role']): void {
  let isStarted = role === 'seed';
  const stats = setInterval(() => {
    if (isStarted) client.figures().then((figures) => say({ ev: 'stat', ...figures }), fail);
  }, STAT_INTERVAL_MS);
  const commands = createInterface({ input: process.stdin });
  commands.on('line', (line) => {
    if (line === 'quit') commands.close();
    if (line !== 'go' || isStarted) return;
    isStarted = true;
    leech(client).catch(fail);
  });
  commands.on('close', () => {
    clearInterval(stats);
    client.figures().then((figures) => {
      say({ ev: 'final', ...figures });
      process.exit();
    }, fail);
  });
}

async function leech(client: ContestantClient): Promise<void> {
  await client.start();
  await client.complete();
  say({ ev: 'complete' });
}

function fail(error: unknown): never {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say({ ev: 'error', msg: message });
  console.error(stack);
  process.exit(1);
}
