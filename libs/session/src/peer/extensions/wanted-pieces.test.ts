import { decodeWantedMessage, encodeWantedMessage, type ExtensionHandshake } from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import { expect, it } from 'vitest';
import { WANTED_INTERVAL, WANTED_MIN_INTERVAL, WANTED_REPEAT } from '../../constants.ts';
import { WantedPieces } from './wanted-pieces.ts';

const HANDLE = 3 as PeerHandle;

function start() {
  const state = { now: 1_000, wanted: [] as number[], told: [] as number[][], heard: [] as number[][] };
  const type = new WantedPieces({
    clock: { now: () => state.now },
    core: {
      wantedOf: () => state.wanted,
      onWanted: (handle, pieces) => {
        expect(handle).toBe(HANDLE);
        state.heard.push([...pieces]);
      },
    },
  });
  const connect = () =>
    type.connect({
      handle: HANDLE,
      host: '192.0.2.1',
      listenAddress: undefined,
      backlogBytes: 0,
      send: (payload) => state.told.push(decodeWantedMessage(payload)),
      close: () => undefined,
    });
  const pass = (milliseconds: number): void => {
    state.now += milliseconds;
    type.tick(state.now);
  };
  return { state, connect, pass };
}

const handshake = (...names: string[]): ExtensionHandshake => ({
  extensions: new Map(names.map((name, at) => [name, at + 1])),
});

it('tells those who understand it what is needed soon, anew when that changes and after a while', () => {
  const { state, connect, pass } = start();
  const extension = connect();
  connect().onHandshake?.(handshake('ut_pex'));
  state.wanted = [4, 5];
  pass(WANTED_INTERVAL);
  expect(state.told).toEqual([]);
  extension.onHandshake?.(handshake('shoal_wanted'));
  pass(1);
  expect(state.told).toEqual([[4, 5]]);
  state.wanted = [5];
  pass(WANTED_INTERVAL - 1);
  expect(state.told).toEqual([[4, 5]]);
  pass(1);
  expect(state.told).toEqual([[4, 5], [5]]);
  pass(WANTED_REPEAT - 1);
  expect(state.told).toHaveLength(2);
  pass(1);
  expect(state.told).toEqual([[4, 5], [5], [5]]);
  state.wanted = [];
  pass(WANTED_REPEAT);
  extension.onClose?.();
  state.wanted = [9];
  pass(WANTED_REPEAT);
  expect(state.told).toHaveLength(3);
});

it('hears a peer out at a bounded rate, and refuses what is no list of pieces', () => {
  const { state, connect, pass } = start();
  const extension = connect();
  extension.onMessage(encodeWantedMessage([1, 2]));
  extension.onMessage(encodeWantedMessage([3]));
  pass(WANTED_MIN_INTERVAL);
  extension.onMessage(encodeWantedMessage([4]));
  expect(state.heard).toEqual([[1, 2], [4]]);
  expect(() => extension.onMessage(new Uint8Array(3))).toThrow(
    expect.objectContaining({ code: 'SHOAL_WIRE_BAD_LENGTH' }),
  );
});
