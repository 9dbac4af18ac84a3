import type { NetworkInterfaceInfo } from 'node:os';
import { describe, expect, it } from 'vitest';
import { MAX_LSD_INTERFACES } from './constants.ts';
import { localInterfaces } from './local-interfaces.ts';

const info = (address: string, internal = false): NetworkInterfaceInfo => {
  const common = { address, netmask: '', mac: '', internal, cidr: null };
  return address.includes(':') ? { ...common, family: 'IPv6', scopeid: 0 } : { ...common, family: 'IPv4' };
};
const PRESENT = {
  lo: [info('127.0.0.1', true), info('::1', true)],
  eth0: [info('192.0.2.1'), info('192.0.2.2'), info('2001:db8::1'), info('fe80::1')],
  eth1: [info('198.51.100.1')],
};
const named = (host: string) =>
  localInterfaces(host, PRESENT).map(({ family, name, address }) => [family, name, address]);

describe('the interfaces of a listener', () => {
  it('is that of its address', () => {
    expect(named('127.0.0.1')).toEqual([['ipv4', 'lo', '127.0.0.1']]);
    expect(named('192.0.2.2')).toEqual([['ipv4', 'eth0', '192.0.2.2']]);
    expect(named('2001:db8::1')).toEqual([['ipv6', 'eth0', '2001:db8::1']]);
    expect(named('203.0.113.1')).toEqual([]);
  });

  it('are all but the loopback one, when it listens everywhere', () => {
    const ipv4 = [
      ['ipv4', 'eth0', '192.0.2.1'],
      ['ipv4', 'eth1', '198.51.100.1'],
    ];
    expect(named('0.0.0.0')).toEqual(ipv4);
    expect(named('::')).toEqual([ipv4[0], ['ipv6', 'eth0', '2001:db8::1'], ipv4[1]]);
  });

  it('are bounded', () => {
    const many = Object.fromEntries(
      Array.from({ length: 100 }, (_, at) => [`eth${at}`, [info(`192.0.2.${at}`)]]),
    );
    expect(localInterfaces('0.0.0.0', many)).toHaveLength(MAX_LSD_INTERFACES);
  });
});
