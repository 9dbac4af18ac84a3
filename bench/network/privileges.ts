import { existsSync } from 'node:fs';
import { BenchError } from '../errors.ts';

/** What making network namespaces takes. */
export interface Privileges {
  readonly isLinux: boolean;
  readonly isRoot: boolean;
  /** ip and tc are there. */
  readonly hasIproute: boolean;
}

const IP_PATHS = ['/usr/sbin/ip', '/sbin/ip', '/usr/bin/ip', '/bin/ip'];

/** What this process has. */
export function ownPrivileges(): Privileges {
  return {
    isLinux: process.platform === 'linux',
    isRoot: process.getuid?.() === 0,
    hasIproute: IP_PATHS.some((path) => existsSync(path)),
  };
}

/** Whether network namespaces can be made. */
export function canMakeNamespaces({ isLinux, isRoot, hasIproute }: Privileges): boolean {
  return isLinux && isRoot && hasIproute;
}

/**
 * @throws BenchError SHOAL_BENCH_NEEDS_ROOT or SHOAL_BENCH_MISSING_PROGRAM where network namespaces cannot be made
 */
export function requireNamespaces(benchmark: string, privileges: Privileges): void {
  if (canMakeNamespaces(privileges)) return;
  const what = `${benchmark} gives every host a network namespace of its own with a limited rate`;
  if (privileges.isLinux && privileges.isRoot) {
    const remedy = 'Install iproute2 (Debian: apt-get install iproute2).';
    throw new BenchError('SHOAL_BENCH_MISSING_PROGRAM', `${what}, which takes ip and tc`, remedy);
  }
  const remedy = 'Run it as root on Linux, or run one-to-one or seeder, which need no root.';
  throw new BenchError('SHOAL_BENCH_NEEDS_ROOT', `${what}, which takes root on Linux`, remedy);
}
