import { connect, createServer, type Http2Server } from 'node:http2';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { STREAM_WINDOW_BYTES } from './constants.ts';
import { widenReceiveWindows } from './receive-window.ts';

let server: Http2Server;
let port: number;
beforeEach(async () => {
  server = createServer((request, response) => {
    request.resume();
    response.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  port = (server.address() as AddressInfo).port;
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

/** The window that the server grants a client once its first call has been made. */
async function windowOf(): Promise<number | undefined> {
  const client = connect(`http://127.0.0.1:${port}`);
  try {
    const stream = client.request();
    stream.resume();
    await once(stream, 'close');
    return client.remoteSettings.initialWindowSize;
  } finally {
    client.close();
    await once(client, 'close');
  }
}

it('widens the windows of the clients of one port, until it is ended', async () => {
  const end = widenReceiveWindows(port);
  expect(await windowOf()).toBe(STREAM_WINDOW_BYTES);
  end();
  expect(await windowOf()).toBe(65_535);
});

it('leaves the clients of other servers alone', async () => {
  const end = widenReceiveWindows(port + 1);
  expect(await windowOf()).toBe(65_535);
  end();
});
