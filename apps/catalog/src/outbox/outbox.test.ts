import { Artifact, HostDirectives } from '@shoal/contracts';
import { outbox } from '@shoal/database';
import { createInProcessBus, DIRECTIVES_BUCKET, directivesKey, type EventBus } from '@shoal/messaging';
import { createLogger, systemClock } from '@shoal/service';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { CatalogComponents } from '../components.ts';
import { EVENTS_STREAM } from '../constants.ts';
import { helloAgent, publishBuild, startCatalog, type TestCatalog } from '../testing/test-catalog.ts';
import { createDirectiveProjector } from './directive-projector.ts';
import { artifactPublishedMessage } from './messages.ts';
import { createOutboxWorker } from './outbox-worker.ts';

describe('the outbox', () => {
  let catalog: TestCatalog;

  beforeAll(async () => {
    catalog = await startCatalog();
    await publishBuild(catalog, { name: 'web', version: '1', files: { a: 'a' } });
    await helloAgent(catalog, 'host-1');
    await catalog.rollouts.createRollout({ namespace: 'default', name: 'web' });
  });
  afterAll(() => catalog.stop());

  /** The same database, with another bus. */
  function componentsWith(bus: EventBus): CatalogComponents {
    const { telemetry, database, signer } = catalog;
    const logger = createLogger({ service: 'test', level: 'silent' });
    return { logger, telemetry, clock: systemClock, database, bus, signer };
  }

  it('tells of a published artifact, durably', async () => {
    const told = Promise.withResolvers<{ readonly subject: string; readonly artifact: Artifact }>();
    const consumption = catalog.bus.consume(
      { stream: EVENTS_STREAM, durable: 'test' },
      ({ subject, payload }) => {
        told.resolve({ subject, artifact: Artifact.decode(payload) });
        return Promise.resolve();
      },
    );
    expect(await told.promise).toMatchObject({
      subject: 'shoal.default.artifact.published',
      artifact: { name: 'web', version: '1', copies: 1 },
    });
    await consumption.stop();
  });

  it('rewrites the directives of a bus that lost everything', async () => {
    const emptied = createInProcessBus({ report: () => undefined });
    const projector = createDirectiveProjector(componentsWith(emptied));
    await projector.start();
    const entry = await vi.waitUntil(() =>
      emptied.bucket(DIRECTIVES_BUCKET).get(directivesKey('default', 'host-1')),
    );
    expect(HostDirectives.decode(entry.value).directives).toMatchObject([{ name: 'web', version: '1' }]);
    await projector.stop();
    await emptied.close();
  });

  it('keeps messages that cannot be published, and publishes them when the bus is back', async () => {
    const { database, telemetry } = catalog;
    // A stopped catalog leaves the outbox to the workers of this test.
    await catalog.service.stop();
    const away = createInProcessBus({ report: () => undefined });
    await away.close();
    const idle = createOutboxWorker(componentsWith(away));
    await idle.start();
    const artifact = { namespace: 'default', name: 'late', version: '1' };
    await outbox.add(database.db, [
      artifactPublishedMessage(artifact, new Uint8Array([1]), telemetry.inject()),
    ]);
    idle.wake();
    await idle.stop();
    expect(await outbox.backlog(database.db)).toMatchObject({ messages: 1 });

    const back = createInProcessBus({ report: () => undefined });
    const worker = createOutboxWorker(componentsWith(back));
    await worker.start();
    await vi.waitUntil(async () => (await outbox.backlog(database.db)).messages === 0);
    const told = Promise.withResolvers<Uint8Array>();
    const consumption = back.consume({ stream: EVENTS_STREAM, durable: 'test' }, ({ payload }) => {
      told.resolve(payload);
      return Promise.resolve();
    });
    expect(await told.promise).toEqual(new Uint8Array([1]));
    await consumption.stop();
    await worker.stop();
    await back.close();
  });
});
