import { describe, expect, it } from 'vitest';
import { Connector } from './connector.ts';
import { HANDSHAKE_TIMEOUT, MAX_HALF_OPEN_PER_ADDRESS } from './constants.ts';
import type { PeerStream, PeerStreamHandler } from './ports/peer-transport.ts';

const nothing = (): void => undefined;

/** A peer that says nothing. */
function silentStream(host: string): PeerStream {
  let handler: PeerStreamHandler | undefined;
  return {
    remote: { host, port: 50_000 },
    local: { host: '198.51.100.1', port: 7431 },
    bufferedBytes: 0,
    attach: (next) => (handler = next),
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
  const logger = { debug: nothing, info: nothing, warn: nothing };
  const connector = new Connector(
    { transport: noTransport, clock: { now: () => now }, logger, find: () => undefined },
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

  it('are not counted on loopback, where many hosts of a trial share an address', () => {
    const { connector } = createConnector();
    for (let count = 0; count < 2 * MAX_HALF_OPEN_PER_ADDRESS; count += 1) {
      void connector.accept(silentStream('127.0.0.1'));
    }
    expect(connector.mayAccept('127.0.0.1')).toBe(true);
    connector.close();
  });
});
