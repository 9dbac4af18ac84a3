import { connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { GRACEFUL_CLOSE } from '../constants.ts';
import type { PeerListener, PeerStream } from '../ports/peer-transport.ts';
import { createTcpTransport } from './tcp-transport.ts';

const MIB = 1024 * 1024;

let listener: PeerListener;
let socket: Socket;
let stream: PeerStream;

/** A connection between a plain socket, which reads nothing yet, and an accepted stream. */
beforeEach(async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<PeerStream>();
  listener = await createTcpTransport().listen({ host: '127.0.0.1', port: 0 }, resolve);
  socket = connect(listener.address.port, '127.0.0.1').pause();
  stream = await accepted;
});

afterEach(async () => {
  vi.useRealTimers();
  socket.destroy();
  stream.destroy();
  await listener.close();
});

/** How many bytes the socket gets, until it ends as it should. */
function receive(): Promise<number> {
  let received = 0;
  socket.on('data', (chunk: Buffer) => (received += chunk.length)).resume();
  return new Promise((resolve, reject) => {
    socket.once('end', () => resolve(received));
    socket.once('error', reject);
  });
}

describe('a TCP stream', () => {
  it('knows both of its ends', () => {
    expect(stream.local).toEqual({ host: '127.0.0.1', port: listener.address.port });
    expect(stream.remote).toEqual({ host: '127.0.0.1', port: socket.localPort });
  });

  it('ends only after all that was written has arrived, though the peer has said more than was read', async () => {
    const flushed = vi.fn();
    await new Promise<void>((resolve) => socket.write(Buffer.alloc(100_000), () => resolve()));
    stream.write(Buffer.alloc(8 * MIB), flushed);
    const ended = stream.end();
    expect(await receive()).toBe(8 * MIB);
    await ended;
    expect(flushed).toHaveBeenCalledOnce();
  });

  it('tells its handler nothing after its end', async () => {
    const handler = { onBytes: vi.fn(), onClose: vi.fn() };
    stream.attach(handler);
    const ended = stream.end();
    socket.write('more');
    socket.resume();
    await ended;
    expect(handler.onBytes).not.toHaveBeenCalled();
    expect(handler.onClose).not.toHaveBeenCalled();
  });

  it('is closed after a while when the peer reads nothing', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const flushed = vi.fn();
    stream.write(Buffer.alloc(64 * MIB), flushed);
    const ended = stream.end();
    vi.advanceTimersByTime(GRACEFUL_CLOSE);
    await ended;
    expect(flushed).toHaveBeenCalledOnce();
  });
});
