/** Shoal as a contestant: a real session under the contestant interface (arguments.ts, events.ts). */
import { flushCompileCache } from 'node:module';
import { createInterface } from 'node:readline';
import { parseContestantArguments } from './arguments.ts';
import { say } from './events.ts';
import { ShoalClient } from './shoal-client.ts';

const STAT_INTERVAL_MS = 1_000;

say({ ev: 'pid', pid: process.pid });
try {
  await run();
} catch (error) {
  fail(error);
}

async function run(): Promise<void> {
  const args = parseContestantArguments(process.argv.slice(2));
  const client = await ShoalClient.open(args);
  // The harness ends us with a kill: Node would not come to write what the next start needs.
  flushCompileCache();
  const commands = createInterface({ input: process.stdin });
  let isStarted = false;
  const start = (): void => {
    if (isStarted) return;
    isStarted = true;
    client.start();
    setInterval(() => say({ ev: 'stat', ...client.figures() }), STAT_INTERVAL_MS).unref();
  };
  const startLeecher = async (): Promise<void> => {
    start();
    await client.complete();
    say({ ev: 'complete' });
  };
  commands.on('line', (line) => {
    if (line === 'quit') commands.close();
    if (line === 'go' && args.role === 'leech') startLeecher().catch(fail);
  });
  commands.on('close', () => {
    say({ ev: 'final', ...client.figures() });
    process.exit();
  });
  if (args.role === 'seed') {
    await client.check();
    start();
  }
  say({ ev: 'ready' });
}

function fail(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  say({ ev: 'error', msg: message });
  console.error(stack);
  process.exit(1);
}
