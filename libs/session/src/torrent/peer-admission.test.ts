import { parseIpAddress, peerPriority } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { MAX_PEERS_PER_ADDRESS, TURNOVER_INTERVAL } from '../constants.ts';
import type { ConnectionEnds } from '../peer/peer-link.ts';
import { PeerAdmission } from './peer-admission.ts';

const LOCAL = { host: '198.51.100.1', port: 7431 };
const endsOf = (host: string, port = 6881): ConnectionEnds => ({ remote: { host, port }, local: LOCAL });
const addressOf = (host: string): Uint8Array => parseIpAddress(host) ?? new Uint8Array();
const priorityOf = ({ remote }: ConnectionEnds): number =>
  peerPriority(
    { address: addressOf(LOCAL.host), port: LOCAL.port },
    { address: addressOf(remote.host), port: remote.port },
  );

/** Peers of as many networks, the one of the highest priority first. */
const ranked = Array.from({ length: 100 }, (_, index) => endsOf(`10.${index}.2.3`)).sort(
  (a, b) => priorityOf(b) - priorityOf(a),
);

describe('PeerAdmission', () => {
  it('keeps the peers of the highest priority, in whatever order they come', () => {
    const admission = new PeerAdmission(10);
    let connected: ConnectionEnds[] = [];
    let now = 0;
    for (const newcomer of [...ranked.slice(50), ...ranked.slice(0, 50)]) {
      now += TURNOVER_INTERVAL;
      const decision = admission.admit(newcomer, connected, now);
      if (!decision.isAdmitted) continue;
      connected = [...connected.filter((other) => other !== decision.replaces), newcomer];
    }
    expect(new Set(connected)).toEqual(new Set(ranked.slice(0, 10)));
  });

  it('lets a peer go for another only once in a while, and never for a lesser one', () => {
    const admission = new PeerAdmission(2);
    const [best, second, third, fourth, fifth] = ranked;
    if (!best || !second || !third || !fourth || !fifth) throw new Error('there are a hundred');
    expect(admission.admit(fifth, [third, fourth], 0)).toMatchObject({ isAdmitted: false });
    expect(admission.admit(second, [third, fourth], 0)).toEqual({ isAdmitted: true, replaces: fourth });
    expect(admission.admit(best, [second, third], TURNOVER_INTERVAL - 1)).toMatchObject({
      isAdmitted: false,
    });
    expect(admission.admit(best, [second, third], TURNOVER_INTERVAL)).toEqual({
      isAdmitted: true,
      replaces: third,
    });
  });

  it('takes only so many peers of one address, except on loopback', () => {
    const admission = new PeerAdmission(1_000);
    const at = (host: string) =>
      Array.from({ length: MAX_PEERS_PER_ADDRESS }, (_, index) => endsOf(host, 10_000 + index));
    expect(admission.admit(endsOf('192.0.2.1'), at('192.0.2.1'), 0)).toMatchObject({ isAdmitted: false });
    expect(admission.admit(endsOf('192.0.2.2'), at('192.0.2.1'), 0)).toEqual({ isAdmitted: true });
    for (const host of ['127.0.0.9', '::1'])
      expect(admission.admit(endsOf(host), at(host), 0)).toEqual({ isAdmitted: true });
  });

  it('takes link-local addresses, which have the name of an interface', () => {
    const admission = new PeerAdmission(1);
    expect(() => admission.admit(endsOf('fe80::1%eth0'), [endsOf('fe80::2%eth0')], 0)).not.toThrow();
  });
});
