/**
 * What every npm script goes through: installs the dependencies when the lock file has changed, then runs the command
 * with the Node that the lock file pins. It has no dependencies itself and runs on Node 18 and later
 * (docs/adr/0001-node-through-npm.md).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const NODE_MODULES = join(ROOT, 'node_modules');
const STAMP = join(NODE_MODULES, '.shoal-installed');

/** The oldest Node that can run this file and npm ci. */
const OLDEST_NODE = 18;

/** The oldest Node that can run Shoal: it strips types from TypeScript, and the dependencies need 22. */
const OLDEST_NODE_FOR_SHOAL = 24;

const CLI = 'apps/cli/bin/shoal.mjs';
const CONTESTANT = 'bench/contestants/shoal.mjs';

/** npm script, or `contestant` for bench/contestant → the program it runs, and the arguments that come before the user's own. */
const COMMANDS = {
  start: [CLI, 'up'],
  shoal: [CLI],
  contestant: [CONTESTANT],
  bench: ['bench/main.ts'],
  fuzz: ['tests/fuzz/main.ts'],
  test: ['scripts/test/main.ts'],
  lint: ['scripts/test/main.ts', '--only', 'lint'],
  typecheck: ['scripts/test/main.ts', '--only', 'typecheck'],
  format: ['node_modules/prettier/bin/prettier.cjs', '--write', '.'],
  generate: ['scripts/generate.ts'],
  vitest: ['node_modules/vitest/vitest.mjs'],
};

process.exitCode = await main(process.argv[2], process.argv.slice(3));

async function main(name, args) {
  const command = COMMANDS[name];
  if (command === undefined) return fail(`no command ${name}`, `one of: ${Object.keys(COMMANDS).join(', ')}`);
  if (majorVersion() < OLDEST_NODE) {
    return fail(
      `Node ${process.version} is too old`,
      `install Node ${OLDEST_NODE} or newer (https://nodejs.org)`,
    );
  }
  const installed = await install();
  if (installed !== 0) return installed;
  const node = findNode();
  if (node === undefined) {
    return fail(
      `there is no Node ${OLDEST_NODE_FOR_SHOAL} in the npm registry for ${process.platform}-${process.arch}`,
      `install Node ${OLDEST_NODE_FOR_SHOAL} or newer yourself (https://nodejs.org) and run this again`,
    );
  }
  const [program, ...first] = command;
  const env = {
    ...process.env,
    PATH: `${dirname(node)}${delimiter}${process.env.PATH ?? ''}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE ?? join(NODE_MODULES, '.cache', 'compile'),
  };
  // npm changes to the root; paths given to programs are meant from where the user stands.
  const takesPaths = program === CLI || program === CONTESTANT;
  const cwd = takesPaths ? (process.env.INIT_CWD ?? process.cwd()) : ROOT;
  return run(node, [join(ROOT, program), ...first, ...args], { cwd, env });
}

/** Runs `npm ci` unless node_modules was made from this very lock file on this platform. */
async function install() {
  const wanted = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(`${process.platform}-${process.arch}`)
    .digest('hex');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return 0;

  say('installing dependencies with npm ci; the first time this takes about half a minute …');
  const begin = Date.now();
  const [program, args] = npm();
  // Standard output is the command's own (think of --json), so npm writes to standard error.
  // Development and platform packages are needed even where NODE_ENV or a user's .npmrc leaves them out.
  const code = await run(program, [...args, 'ci', '--include=dev', '--include=optional'], {
    cwd: ROOT,
    env: process.env,
    stdio: ['ignore', 2, 2],
  });
  if (code > 128) return code;
  if (code !== 0) {
    return fail(
      `npm ci failed with exit code ${code}; its messages are above`,
      'check that the npm registry can be reached (npm ping) and that the disk has 1 GB left, then run this again',
      code,
    );
  }
  writeFileSync(STAMP, wanted);
  say(`dependencies installed in ${Math.round((Date.now() - begin) / 1000)} s`);
  return 0;
}

/** The npm that runs this script, else the one on PATH. */
function npm() {
  const path = process.env.npm_execpath;
  return path !== undefined && basename(path).startsWith('npm-cli.')
    ? [process.execPath, [path]]
    : ['npm', []];
}

/** The Node that npm installed; where there is none for this platform, our own if it is new enough. */
function findNode() {
  const pinned = join(NODE_MODULES, `node-${process.platform}-${process.arch}`, 'bin', 'node');
  if (existsSync(pinned)) return pinned;
  return majorVersion() >= OLDEST_NODE_FOR_SHOAL ? process.execPath : undefined;
}

function majorVersion() {
  return Number.parseInt(process.versions.node, 10);
}

/** Runs a program to its end, passing signals on; gives its exit code, 128 + n when signal n ended it. */
function run(program, args, options) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options });
    const forward = (signal) => {
      // A terminal sends Ctrl-C to the child as well: once is enough.
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
    };
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
    for (const signal of signals) process.on(signal, forward);
    const done = (code) => {
      for (const signal of signals) process.off(signal, forward);
      resolve(code);
    };
    child.once('error', (error) =>
      done(fail(`${program} did not start: ${error.message}`, 'check that it is installed')),
    );
    child.once('exit', (code, signal) => done(code ?? 128 + constants.signals[signal]));
  });
}

function say(text) {
  process.stderr.write(`shoal: ${text}\n`);
}

function fail(what, remedy, code = 1) {
  say(`${what}\n  → ${remedy}`);
  return code;
}
