import { existsSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { runCommand, type Outcome } from '../run-command.ts';

const MINUTE = 60_000;

/** Seconds to wait for another apt-get on this machine to end. */
const LOCK_TIMEOUT = 120;

/** Debian's switch for "start no daemons when packages are installed": exit code 101 of this file. */
const POLICY = '/usr/sbin/policy-rc.d';

/** Whether we may install Debian packages. */
export function canInstall(): boolean {
  return process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
}

/**
 * Installs Debian packages without starting their daemons; looks for newer package lists only when it must.
 * @returns undefined, or why it could not.
 */
export async function installPackages(packages: readonly string[]): Promise<string | undefined> {
  if (!canInstall()) return 'installing Debian packages takes root and apt-get';
  const ownPolicy = !existsSync(POLICY);
  if (ownPolicy) await writeFile(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    let outcome = await aptGet('install', '--no-install-recommends', ...packages);
    if (outcome.code !== 0) {
      await aptGet('update');
      outcome = await aptGet('install', '--no-install-recommends', ...packages);
    }
    return outcome.code === 0 ? undefined : `apt-get install failed: ${lastLines(outcome.output)}`;
  } finally {
    if (ownPolicy) await rm(POLICY, { force: true });
  }
}

function aptGet(verb: string, ...args: string[]): Promise<Outcome> {
  return runCommand({
    program: 'apt-get',
    args: ['-y', '-o', `DPkg::Lock::Timeout=${LOCK_TIMEOUT}`, verb, ...args],
    env: { DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' },
    deadline: 5 * MINUTE,
  });
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-3).join(' / ');
}
