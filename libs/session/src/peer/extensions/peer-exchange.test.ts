import {
  decodePexMessage,
  encodePexMessage,
  MAX_PEX_PEERS,
  type PexMessage,
  type PexPeer,
} from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import type { PeerAddress } from '../../api/peer.ts';
import {
  MAX_EARLY_PEX,
  MAX_PEX_CHANGES,
  PEX_CHECK_INTERVAL,
  PEX_INTERVAL,
  PEX_MIN_INTERVAL,
} from '../../constants.ts';
import { PeerExchange } from './peer-exchange.ts';

const PEX = new Map([['ut_pex', 1]]);
const peer = (last: number, facts: Partial<PexPeer> = {}): PexPeer => ({
  host: '192.0.2.1',
  port: last,
  prefersEncryption: false,
  isSeed: false,
  isReachable: false,
  ...facts,
});
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => peer(from + at));
const portsOf = (addresses: readonly PeerAddress[] | undefined) => addresses?.map(({ port }) => port);

/** An exchange with one peer. */
function open({ host = '192.0.2.9', wantsSeeds = true } = {}) {
  const clock = { time: 0, now: () => clock.time };
  const sent: PexMessage[] = [];
  const closed: string[] = [];
  const found: (readonly PeerAddress[])[] = [];
  const state = { peers: [] as PexPeer[], reads: 0 };
  const exchange = new PeerExchange({
    clock,
    peers: () => {
      state.reads += 1;
      return state.peers;
    },
    wantsSeeds: () => wantsSeeds,
    onFound: (addresses) => found.push(addresses),
  });
  const link = exchange.connect({
    handle: undefined,
    host,
    listenAddress: { host, port: 9 },
    backlogBytes: 0,
    send: (payload) => sent.push(decodePexMessage(payload)),
    close: (reason) => closed.push(reason),
  });
  const after = (milliseconds: number): void => {
    clock.time += milliseconds;
    exchange.tick(clock.time);
  };
  const hear = (message: Partial<PexMessage>): void =>
    link.onMessage(encodePexMessage({ added: [], dropped: [], ...message }));
  return { link, state, sent, closed, found, after, hear, clock };
}

describe('what a peer is told', () => {
  it('is nothing before it says that it knows ut_pex, and nothing when there is nothing', () => {
    const { link, state, sent, after } = open();
    state.peers = [peer(1)];
    after(PEX_INTERVAL);
    link.onHandshake?.({ extensions: new Map() });
    after(PEX_INTERVAL);
    link.onHandshake?.({ extensions: PEX });
    state.peers = [];
    after(PEX_INTERVAL);
    expect(sent).toEqual([]);
    state.peers = [peer(1)];
    after(PEX_CHECK_INTERVAL);
    expect(sent).toEqual([{ added: [peer(1)], dropped: [] }]);
  });

  it('is what has changed, once a minute', () => {
    const { link, state, sent, after } = open();
    link.onHandshake?.({ extensions: PEX });
    state.peers = [peer(1, { isSeed: true, isReachable: true }), peer(2)];
    after(PEX_CHECK_INTERVAL);
    state.peers = [peer(2), peer(3)];
    after(PEX_INTERVAL - 1);
    expect(sent).toHaveLength(1);
    after(PEX_CHECK_INTERVAL);
    after(PEX_INTERVAL);
    expect(sent).toEqual([
      { added: [peer(1, { isSeed: true, isReachable: true }), peer(2)], dropped: [] },
      { added: [peer(3)], dropped: [{ host: '192.0.2.1', port: 1 }] },
    ]);
  });

  it('is not more than BEP 11 allows, the rest comes later', () => {
    const { link, state, sent, after } = open();
    link.onHandshake?.({ extensions: PEX });
    state.peers = range(1, MAX_PEX_PEERS + 10);
    after(PEX_CHECK_INTERVAL);
    state.peers = range(1_000, MAX_PEX_PEERS);
    for (let minute = 0; minute < 3; minute += 1) after(PEX_INTERVAL);
    expect(sent.map(({ added, dropped }) => [added.length, dropped.length])).toEqual([
      [MAX_PEX_PEERS, 0],
      ...Array.from({ length: 3 }, () => [MAX_PEX_CHANGES, MAX_PEX_CHANGES]),
    ]);
  });

  it('is not itself, and no address of this host when it is on another', () => {
    const { link, state, sent, after } = open();
    link.onHandshake?.({ extensions: PEX });
    state.peers = [
      peer(9, { host: '192.0.2.9' }),
      peer(1, { host: '127.0.0.1' }),
      peer(1, { host: 'a.example' }),
    ];
    after(PEX_CHECK_INTERVAL);
    expect(sent).toEqual([]);
  });

  it('costs nothing while nobody may be told, nor when the peer is gone', () => {
    const { link, state, sent, after } = open();
    link.onHandshake?.({ extensions: PEX });
    state.peers = [peer(1)];
    after(PEX_CHECK_INTERVAL);
    after(PEX_INTERVAL - 1);
    expect(state.reads).toBe(1);
    link.onClose?.();
    after(PEX_INTERVAL);
    expect(state.reads).toBe(1);
    expect(sent).toHaveLength(1);
  });
});

describe('what a peer tells', () => {
  it('is taken, those that can be reached first', () => {
    const { found, hear } = open();
    hear({ added: [peer(1), peer(2, { isReachable: true })], dropped: [{ host: '192.0.2.1', port: 3 }] });
    expect(found.map(portsOf)).toEqual([[2, 1]]);
  });

  it('is taken without seeds when we have everything', () => {
    const { found, hear } = open({ wantsSeeds: false });
    hear({ added: [peer(1, { isSeed: true }), peer(2)] });
    expect(found.map(portsOf)).toEqual([[2]]);
  });

  it('cannot make us dial ourselves, unless the peer is on this host, too', () => {
    const added = [
      peer(22, { host: '127.0.0.1' }),
      peer(1, { host: '224.0.0.1' }),
      peer(22, { host: '::1' }),
    ];
    const far = open();
    far.hear({ added });
    expect(far.found).toEqual([]);
    const near = open({ host: '127.0.0.1' });
    near.hear({ added });
    expect(near.found.map(portsOf)).toEqual([[22, 22]]);
  });

  it('is bounded: much in the first message, less in others', () => {
    const { found, hear, clock } = open();
    hear({ added: range(1, MAX_PEX_PEERS + 10) });
    clock.time += PEX_INTERVAL;
    hear({ added: range(1_000, MAX_PEX_PEERS) });
    expect(found.map(({ length }) => length)).toEqual([MAX_PEX_PEERS, MAX_PEX_CHANGES]);
  });

  it('is not looked at when it comes too soon, and too much of that ends the connection', () => {
    const { link, found, closed, hear, clock } = open();
    hear({ added: [peer(1)] });
    // Malformed: nobody reads it.
    for (let message = 0; message < MAX_EARLY_PEX; message += 1) link.onMessage(Buffer.from('x'));
    clock.time += PEX_MIN_INTERVAL;
    hear({ added: [peer(2)] });
    for (let message = 0; message < MAX_EARLY_PEX; message += 1) hear({ added: [peer(3)] });
    expect(closed).toEqual([]);
    hear({ added: [peer(3)] });
    expect(closed).toEqual(['tells of peers without end']);
    expect(found.map(portsOf)).toEqual([[1], [2]]);
  });

  it('is refused when it is malformed', () => {
    const { link } = open();
    expect(() => link.onMessage(Buffer.from('d5:added1:xe'))).toThrow(
      expect.objectContaining({ code: 'SHOAL_BENCODE_FIELD_RANGE' }),
    );
  });
});
