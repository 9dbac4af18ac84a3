/** A place in a benchmark's network where a contestant runs. */
export interface NetworkHost {
  /** IPv4 address that contestants there listen at and dial from. */
  readonly address: string;
  /** Its network namespace, where it has one. */
  readonly namespace?: string;
}

/**
 * Addresses of benchmark networks (RFC 2544: for tests of interconnected devices). Not private ones (10.0.0.0/8 and the like):
 * libtorrent takes their hosts for local peers, to which its upload slots do not apply.
 */
export const ADDRESS_PREFIX = '198.18.0.';

/**
 * Congestion control in benchmark networks: Linux's default. Hosts may be set to another one: with BBR, loopback moves less
 * than half as much. It is set by route, because the kernel refuses the sysctl in namespaces.
 */
export const CONGESTION_CONTROL = 'cubic';

/** A program and its arguments. */
export type CommandLine = readonly [string, ...string[]];

/** The same command at a host; its process id is that of the command. */
export function commandAt({ namespace }: NetworkHost, command: CommandLine): CommandLine {
  return namespace === undefined ? command : ['nsenter', `--net=/run/netns/${namespace}`, '--', ...command];
}
