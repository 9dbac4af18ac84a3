import { describe, expect, it } from 'vitest';
import { sentByDevice } from './lan.ts';
import { commandAt } from './network.ts';
import { requireNamespaces } from './privileges.ts';

describe('requireNamespaces', () => {
  const all = { isLinux: true, isRoot: true, hasIproute: true };

  it('lets root on Linux pass', () => {
    expect(() => requireNamespaces('fan-out', all)).not.toThrow();
  });

  it.each([
    ['on another system', { ...all, isLinux: false }, 'SHOAL_BENCH_NEEDS_ROOT'],
    ['to another user', { ...all, isRoot: false }, 'SHOAL_BENCH_NEEDS_ROOT'],
    ['without ip and tc', { ...all, hasIproute: false }, 'SHOAL_BENCH_MISSING_PROGRAM'],
  ])('says no %s', (_, privileges, code) => {
    expect(() => requireNamespaces('fan-out', privileges)).toThrow(expect.objectContaining({ code }));
  });
});

it('enters the namespace of a host that has one', () => {
  expect(commandAt({ address: '127.0.0.2' }, ['ls', '-l'])).toEqual(['ls', '-l']);
  expect(commandAt({ address: '198.18.0.1', namespace: 'n1' }, ['ls'])).toEqual([
    'nsenter',
    '--net=/run/netns/n1',
    '--',
    'ls',
  ]);
});

it('reads what token buckets have sent from the output of tc', () => {
  const output = `qdisc noqueue 0: dev lo root refcnt 2
 Sent 9 bytes 1 pkt (dropped 0, overlimits 0 requeues 0)
qdisc tbf 8001: dev p1 root refcnt 2 rate 32Mbit burst 64Kb lat 100ms
 Sent 70123456 bytes 48211 pkt (dropped 12, overlimits 51 requeues 0)
 backlog 0b 0p requeues 0
qdisc tbf 8002: dev p2 root refcnt 2 rate 32Mbit burst 64Kb lat 100ms
 Sent 0 bytes 0 pkt (dropped 0, overlimits 0 requeues 0)
`;
  expect([...sentByDevice(output)]).toEqual([
    ['p1', 70_123_456],
    ['p2', 0],
  ]);
});
