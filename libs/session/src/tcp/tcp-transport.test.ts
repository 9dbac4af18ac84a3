import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { createTcpTransport } from './tcp-transport.ts';

const ANY_LOOPBACK = '127.0.0.1';
const OTHER_LOOPBACK = '127.0.0.2';

const undo: (() => void)[] = [];
afterEach(() => {
  for (const step of undo.splice(0)) step();
});

/** Dials a server and gives the address that it saw. */
async function addressSeen(localAddress: string | undefined): Promise<string | undefined> {
  const server = createServer().listen(0, ANY_LOOPBACK);
  undo.push(() => server.close());
  await once(server, 'listening');
  const accepted = once(server, 'connection') as Promise<[Socket]>;
  const { port } = server.address() as AddressInfo;
  const transport = createTcpTransport({ localAddress });
  const stream = await transport.dial({ host: ANY_LOOPBACK, port }, new AbortController().signal);
  undo.push(() => stream.destroy());
  const [socket] = await accepted;
  undo.push(() => socket.destroy());
  return socket.remoteAddress;
}

it('dials from the local address', async () => {
  expect(await addressSeen(OTHER_LOOPBACK)).toBe(OTHER_LOOPBACK);
});

it('dials from any address that fits when the local one is of another family', async () => {
  expect(await addressSeen('::1')).toBe(ANY_LOOPBACK);
  expect(await addressSeen(undefined)).toBe(ANY_LOOPBACK);
});
