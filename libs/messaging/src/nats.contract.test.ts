import { eventBusContract, isAvailable, startNats, type TestNats } from '@shoal/testing';
import { afterAll, beforeAll, describe } from 'vitest';
import { createNatsBus } from './nats/nats-bus.ts';

describe.skipIf(!isAvailable('nats'))('with a server', () => {
  let server: TestNats;
  beforeAll(async () => {
    server = await startNats();
  });
  afterAll(() => server.stop());

  eventBusContract('NATS bus', (report) =>
    createNatsBus({ report }, { servers: [server.url], name: 'contract' }),
  );
});
