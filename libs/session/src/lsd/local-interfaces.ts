import { isIPv4, isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import { MAX_LSD_INTERFACES } from './constants.ts';

/** A network interface to announce in, for one family of addresses. */
export interface LocalInterface {
  readonly family: 'ipv4' | 'ipv6';
  readonly name: string;
  /** Ours there. */
  readonly address: string;
}

/**
 * The interfaces at which a listener on `host` can be reached: that of the address, or for 0.0.0.0 and :: all but the
 * loopback one, each once for a family, so many and no more.
 * @param present as node:os tells them
 */
export function localInterfaces(
  host: string,
  present: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): LocalInterface[] {
  const all = Object.entries(present).flatMap(([name, addresses = []]) =>
    addresses.map(({ address, internal }) => ({ name, address, internal })),
  );
  const isMeant = ({ address, internal }: (typeof all)[number]): boolean => {
    if (host === '0.0.0.0') return !internal && isIPv4(address);
    if (host === '::') return !internal;
    return address === host;
  };
  const found = new Map<string, LocalInterface>();
  for (const entry of all.filter(isMeant)) {
    const { name, address } = entry;
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    const key = `${family} ${name}`;
    if (!found.has(key)) found.set(key, { family, name, address });
  }
  return [...found.values()].slice(0, MAX_LSD_INTERFACES);
}
