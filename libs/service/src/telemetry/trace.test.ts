import { SpanKind } from '@opentelemetry/api';
import { HealthDefinition, ShoalError } from '@shoal/contracts';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '@shoal/testing';
import { Status } from 'nice-grpc-common';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGrpcChannel } from '../grpc/channel.ts';
import { createGrpcServer } from '../grpc/server.ts';
import { createLogger } from '../logging/logger.ts';
import { withSpan } from './span.ts';
import { startTelemetry, type Telemetry } from './telemetry.ts';

const logger = createLogger({ service: 'test', level: 'silent' });
let collector: OtlpReceiver;
let telemetries: Telemetry[];

beforeEach(async () => {
  telemetries = [];
  collector = await startOtlpReceiver();
});

afterEach(async () => {
  await flush();
  await collector.stop();
});

function start(service: string): Telemetry {
  const telemetry = startTelemetry({
    service,
    version: '0',
    instance: 'i',
    otlpEndpoint: `${collector.url}/`,
  });
  telemetries.push(telemetry);
  return telemetry;
}

async function flush(): Promise<void> {
  await Promise.all(telemetries.splice(0).map((telemetry) => telemetry.shutdown()));
}

function span(service: string, name: string): ReceivedSpan {
  const found = collector.spans.find((candidate) => candidate.service === service && candidate.name === name);
  if (found === undefined)
    throw new Error(`no span ${name} of ${service} in ${JSON.stringify(collector.spans)}`);
  return found;
}

describe('a trace', () => {
  it('goes through gRPC from one service to another in the same process', async () => {
    const [ci, catalog] = [start('ci'), start('catalog')];
    const server = createGrpcServer({ logger, telemetry: catalog }, { listen: '127.0.0.1:0' });
    const { endpoint } = await server.start();
    const channel = createGrpcChannel({ telemetry: ci }, { endpoint });
    await withSpan(ci, 'push', {}, () => channel.client(HealthDefinition).check({}));
    channel.close();
    await server.stop(1_000);
    await flush();

    const [push, client, server_] = [
      span('ci', 'push'),
      span('ci', 'grpc.health.v1.Health/Check'),
      span('catalog', 'grpc.health.v1.Health/Check'),
    ];
    expect(new Set([push.traceId, client.traceId, server_.traceId]).size).toBe(1);
    expect(push.parentSpanId).toBeUndefined();
    expect(client.parentSpanId).toBe(push.spanId);
    expect(server_.parentSpanId).toBe(client.spanId);
  });

  it('goes on inside a handler, streams included, and through it to a third service', async () => {
    const [agent, tracker, catalog] = [start('agent'), start('tracker'), start('catalog')];
    const inner = createGrpcServer({ logger, telemetry: catalog }, { listen: '127.0.0.1:0' });
    const { endpoint: innerEndpoint } = await inner.start();
    const innerChannel = createGrpcChannel({ telemetry: tracker }, { endpoint: innerEndpoint });
    const outer = createGrpcServer({ logger, telemetry: tracker }, { listen: '127.0.0.1:0' });
    outer.add(
      { ...HealthDefinition, fullName: 'test.Relay' },
      {
        check: () => innerChannel.client(HealthDefinition).check({}),
        async *watch() {
          yield {};
          yield await innerChannel.client(HealthDefinition).check({});
        },
      },
    );
    const { endpoint } = await outer.start();
    const channel = createGrpcChannel({ telemetry: agent }, { endpoint });
    const relay = channel.client({ ...HealthDefinition, fullName: 'test.Relay' });
    await withSpan(agent, 'watch', {}, async () => {
      for await (const answer of relay.watch({})) expect(answer).toBeDefined();
    });
    channel.close();
    innerChannel.close();
    await outer.stop(1_000);
    await inner.stop(1_000);
    await flush();
    expect(span('catalog', 'grpc.health.v1.Health/Check').traceId).toBe(span('agent', 'watch').traceId);
    expect(span('catalog', 'grpc.health.v1.Health/Check').parentSpanId).toBe(
      span('tracker', 'grpc.health.v1.Health/Check').spanId,
    );
  });

  it('goes through headers of the bus', async () => {
    const [catalog, agent] = [start('catalog'), start('agent')];
    const headers = await withSpan(catalog, 'publish', { kind: SpanKind.PRODUCER }, () =>
      Promise.resolve(catalog.inject()),
    );
    expect(headers).toHaveProperty('traceparent');
    await withSpan(agent, 'consume', { kind: SpanKind.CONSUMER, parent: agent.contextOf(headers) }, () =>
      Promise.resolve(),
    );
    await flush();
    const [publish, consume] = [span('catalog', 'publish'), span('agent', 'consume')];
    expect(consume.traceId).toBe(publish.traceId);
    expect(consume.parentSpanId).toBe(publish.spanId);
  });

  it('says by which error it failed', async () => {
    const telemetry = start('catalog');
    const error = new ShoalError({ code: 'SHOAL_X', status: Status.NOT_FOUND, message: 'm', remedy: 'r' });
    await expect(withSpan(telemetry, 'work', {}, () => Promise.reject(error))).rejects.toBe(error);
    await flush();
    expect(span('catalog', 'work').errorType).toBe('SHOAL_X');
  });
});

describe('telemetry', () => {
  it('keeps the metrics of each service apart', async () => {
    const [a, b] = [start('a'), start('b')];
    a.meter.createCounter('shoal.test.things').add(3);
    expect(await a.metricsText()).toMatch(/shoal_test_things_total\{.*\} 3/);
    expect(await b.metricsText()).not.toContain('shoal_test_things');
  });

  it('stops within its deadline when the collector hangs', async () => {
    collector.hang();
    const telemetry = start('a');
    await withSpan(telemetry, 'lost', {}, () => Promise.resolve());
    const startedAt = performance.now();
    await flush();
    expect(performance.now() - startedAt).toBeLessThan(4_500);
  });

  it('works without a collector', async () => {
    const telemetry = startTelemetry({ service: 'a', version: '0', instance: 'i' });
    await withSpan(telemetry, 'unseen', {}, () => Promise.resolve());
    await telemetry.shutdown();
  });
});
