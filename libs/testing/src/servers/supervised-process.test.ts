import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { SupervisedProcess } from './supervised-process.ts';
import { untilReady } from './wait.ts';

/** A parent that starts a server which prints its own id, and then hangs. */
const PARENT = `
  import { SupervisedProcess } from ${JSON.stringify(new URL('./supervised-process.ts', import.meta.url).href)};
  const directory = process.argv[1];
  new SupervisedProcess({
    command: 'sh',
    args: ['-c', 'echo $$ > pid.part && mv pid.part pid && exec sleep 600'],
    directory,
    account: undefined,
  });
  console.log('started');
  setInterval(() => {}, 1000);
`;

it('ends the server and removes its directory when the test process is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-watchdog-'));
  const parent = spawn(process.execPath, ['--input-type=module', '-e', PARENT, directory]);
  await once(createInterface(parent.stdout), 'line');
  await untilReady('the server', () => present(join(directory, 'pid')), running);
  parent.kill('SIGKILL');
  await untilReady('the end of the server', () => absent(directory), running);
  expect(existsSync(directory)).toBe(false);
});

it('says why a server ended', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'shoal-watchdog-'));
  const server = new SupervisedProcess({
    command: 'sh',
    args: ['-c', 'echo no luck >&2; exit 3'],
    directory,
    account: undefined,
  });
  await untilReady('the end', () => expectEnded(server), running);
  expect(server.exited()).toBe('it ended (3): no luck');
  await server.stop();
  expect(existsSync(directory)).toBe(false);
});

const running = (): undefined => undefined;

function present(path: string): Promise<void> {
  return existsSync(path) ? Promise.resolve() : Promise.reject(new Error(`${path} is not there`));
}

function absent(path: string): Promise<void> {
  return existsSync(path) ? Promise.reject(new Error(`${path} is still there`)) : Promise.resolve();
}

function expectEnded(server: SupervisedProcess): Promise<void> {
  return server.exited() === undefined ? Promise.reject(new Error('still running')) : Promise.resolve();
}
