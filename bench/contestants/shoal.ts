/** Shoal as a contestant: a real session in this process. */
import { flushCompileCache } from 'node:module';
import { say } from './events.ts';
import { runContestant } from './run-contestant.ts';
import { ShoalClient } from './shoal-client.ts';

say({ ev: 'pid', pid: process.pid });
await runContestant(async (args) => {
  const client = await ShoalClient.open(args);
  // The harness may end us with a kill: Node would not come to write what the next start needs.
  flushCompileCache();
  return client;
});
