import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A service in a process of its own, so that it can be killed. */
export interface Child<A> {
  readonly addresses: A;
  readonly pid: number;
  /** Kills it at once (SIGKILL) and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts the agent or seeder with these options (by their names in the program) and waits until it listens. */
export async function startChild<A>(
  app: 'agent' | 'seeder',
  flags: Readonly<Record<string, unknown>>,
): Promise<Child<A>> {
  const script = new URL('./run-service.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, app, JSON.stringify(flags)], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const [addresses] = (await Promise.race([once(child, 'message'), once(child, 'exit')])) as [A];
  if (child.exitCode !== null) throw new Error(`the ${app} ended with ${child.exitCode} before it listened`);
  return { addresses, pid: child.pid!, kill: () => kill(child) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}
