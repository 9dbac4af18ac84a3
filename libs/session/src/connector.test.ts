import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { MSE_KEY_LENGTH } from '@shoal/protocol';
import { Connector } from './connector.ts';
import { HANDSHAKE_TIMEOUT, MAX_HALF_OPEN_PER_ADDRESS } from './constants.ts';
import { HandshakeCounts } from './encryption/handshake-counts.ts';
import { PeerEncryption } from './encryption/peer-encryption.ts';
import type { PeerStream, PeerStreamHandler } from './ports/peer-transport.ts';

const nothing = (): void => undefined;

/** A peer that says `first`, and nothing more. */
function silentStream(host: string, first?: Uint8Array): PeerStream {
  let handler: PeerStreamHandler | undefined;
  let said = first;
  return {
    remote: { host, port: 50_000 },
    local: { host: '198.51.100.1', port: 7431 },
    isEncrypted: false,
    bufferedBytes: 0,
    attach: (next) => {
      handler = next;
      if (said !== undefined) next.onBytes(said);
      said = undefined;
    },
    write: (_bytes, onFlushed) => onFlushed(),
    cork: nothing,
    uncork: nothing,
    pause: nothing,
    resume: nothing,
    setReadSize: nothing,
    destroy: () => handler?.onClose(undefined),
    end: () => Promise.resolve(),
  };
}

function createConnector() {
  let now = 0;
  const noTransport = { listen: () => Promise.reject(new Error()), dial: () => Promise.reject(new Error()) };
  const encryption = new PeerEncryption({
    clock: { now: () => now },
    random: { below: () => 0 },
    findTorrent: () => undefined,
    counts: new HandshakeCounts(),
  });
  const logger = { debug: nothing, info: nothing, warn: nothing };
  const connector = new Connector(
    {
      transport: noTransport,
      clock: { now: () => now },
      logger,
      find: () => undefined,
      encryption,
    },
    { peerId: new Uint8Array(20) },
  );
  const passTime = (milliseconds: number): void => connector.tick((now += milliseconds));
  return { connector, passTime };
}

describe('peers that connect and say nothing', () => {
  it('hold so many places of one address at most, until their time is up', async () => {
    const { connector, passTime } = createConnector();
    const accepted: Promise<void>[] = [];
    while (connector.mayAccept('192.0.2.1')) accepted.push(connector.accept(silentStream('192.0.2.1')));
    expect(connector.halfOpen).toBe(MAX_HALF_OPEN_PER_ADDRESS);
    expect(connector.mayAccept('192.0.2.2')).toBe(true);
    passTime(HANDSHAKE_TIMEOUT - 1);
    expect(connector.mayAccept('192.0.2.1')).toBe(false);
    passTime(1);
    await Promise.all(accepted);
    expect(connector.halfOpen).toBe(0);
    expect(connector.mayAccept('192.0.2.1')).toBe(true);
  });

  it('hold their place no longer when they begin with what may be a key', async () => {
    const { connector, passTime } = createConnector();
    const key = new Uint8Array(MSE_KEY_LENGTH).fill(7);
    const accepted = [0, 1, MSE_KEY_LENGTH].map((length) =>
      connector.accept(silentStream('192.0.2.1', key.subarray(0, length))),
    );
    // What they have said is taken.
    await setImmediate();
    passTime(HANDSHAKE_TIMEOUT - 1);
    expect(connector.halfOpen).toBe(accepted.length);
    passTime(1);
    await Promise.all(accepted);
    expect(connector.halfOpen).toBe(0);
  });

  it('are not counted on loopback, where many hosts of a trial share an address', () => {
    const { connector } = createConnector();
    for (let count = 0; count < 2 * MAX_HALF_OPEN_PER_ADDRESS; count += 1) {
      void connector.accept(silentStream('127.0.0.1'));
    }
    expect(connector.mayAccept('127.0.0.1')).toBe(true);
    connector.close();
  });
});
