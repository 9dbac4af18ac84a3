import { connect } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { startNats } from './nats.ts';
import { isAvailable } from './resources.ts';

describe.skipIf(!isAvailable('nats'))('a NATS server for tests', () => {
  it('greets with JetStream on, is gone after a kill, and comes back at the same place', async () => {
    const server = await startNats();
    try {
      const info = JSON.parse((await greeting(server.url)).slice('INFO '.length)) as Record<string, unknown>;
      expect(info['jetstream']).toBe(true);
      await server.kill();
      await expect(greeting(server.url)).rejects.toThrow('ECONNREFUSED');
      await server.start();
      expect(await greeting(server.url)).toMatch(/^INFO /);
    } finally {
      await server.stop();
    }
    await expect(greeting(server.url)).rejects.toThrow('ECONNREFUSED');
  });
});

async function greeting(url: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const [first] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return first.toString('utf8');
}
