/**
 * Runs a server in its own process group for a test and ends it with the test, even when the test is killed:
 * it watches its own standard input, a pipe that closes when the parent dies.
 *
 * `node watchdog.ts <directory> <uid> <gid> <command> [argument…]`: SIGTERM kills the server at once and keeps the
 * directory (a crash to recover from); the end of standard input stops it and removes the directory.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { STOP_DEADLINE } from './constants.ts';

const [directory = '', uid = '', gid = '', command = '', ...args] = process.argv.slice(2);

const server = spawn(command, args, {
  cwd: directory,
  detached: true,
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(uid === '' ? {} : { uid: Number(uid), gid: Number(gid) }),
});

let removeDirectory = false;

process.on('SIGINT', () => {
  // Ctrl-C reaches the whole terminal group; the parent decides, and its end closes our input.
});
process.on('SIGTERM', () => {
  signal('SIGKILL');
});
process.stdin.on('end', () => {
  removeDirectory = true;
  // PostgreSQL's immediate shutdown, which takes its children along; the end of any other server.
  signal('SIGQUIT');
  setTimeout(() => {
    signal('SIGKILL');
  }, STOP_DEADLINE).unref();
});
process.stdin.resume();

server.on('error', (error) => {
  process.stderr.write(`${command}: ${error.message}\n`);
  finish(1);
});
server.on('exit', (code) => {
  finish(code ?? 1);
});

function signal(name: NodeJS.Signals): void {
  if (server.pid === undefined) return;
  try {
    process.kill(-server.pid, name);
  } catch {
    // It is gone already.
  }
}

function finish(code: number): void {
  // Retries: children of a killed PostgreSQL may still be writing their last.
  if (removeDirectory) rmSync(directory, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  process.exit(code);
}
