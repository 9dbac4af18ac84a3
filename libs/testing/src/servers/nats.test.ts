import { describe, expect, it } from 'vitest';
import { greeting } from './greeting.ts';
import { startNats } from './nats.ts';
import { isAvailable } from './resources.ts';

describe.skipIf(!isAvailable('nats'))('a NATS server for tests', () => {
  it('greets with JetStream on, is gone after a kill, and comes back at the same place', async () => {
    const server = await startNats();
    const port = Number(new URL(server.url).port);
    try {
      const info = JSON.parse((await greeting(port)).slice('INFO '.length)) as Record<string, unknown>;
      expect(info['jetstream']).toBe(true);
      await server.kill();
      await expect(greeting(port)).rejects.toThrow();
      await server.start();
      expect(await greeting(port)).toMatch(/^INFO /);
    } finally {
      await server.stop();
    }
    await expect(greeting(port)).rejects.toThrow();
  });
});
