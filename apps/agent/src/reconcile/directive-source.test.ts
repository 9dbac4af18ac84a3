import {
  type DeepPartial,
  type Directive,
  type GetDirectiveResponse,
  HostDirectives,
} from '@shoal/contracts';
import {
  createInProcessBus,
  createNatsBus,
  DIRECTIVES_BUCKET,
  directivesKey,
  type EventBus,
  nudgeSubject,
} from '@shoal/messaging';
import { createLogger, startTelemetry } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentMetrics } from '../metrics.ts';
import { createDirectiveSource, type DirectiveSource } from './directive-source.ts';

const HOST = { namespace: 'default', hostId: 'host-1' };
const logger = createLogger({ service: 'test', level: 'silent' });

function directives(revision: number): HostDirectives {
  const directive: DeepPartial<Directive> = { name: 'web', revision: BigInt(revision) };
  return HostDirectives.create({ revision: BigInt(revision), directives: [directive] });
}

describe('directive source', () => {
  const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'test' });
  let bus: EventBus;
  let clock: VirtualClock;
  let source: DirectiveSource | undefined;
  let seen: bigint[];
  let asked: number;
  beforeEach(() => {
    bus = createInProcessBus({ report: () => undefined });
    clock = new VirtualClock();
    seen = [];
    asked = 0;
  });
  afterEach(async () => {
    await source?.stop();
    await bus.close();
  });

  function start(over: EventBus | undefined): void {
    const getDirective = (): Promise<GetDirectiveResponse> => {
      asked += 1;
      return Promise.resolve({ directives: directives(100) });
    };
    source = createDirectiveSource(
      {
        bus: over,
        fleet: { getDirective },
        clock,
        logger,
        random: () => 0.5,
        metrics: createAgentMetrics(telemetry),
      },
      {
        host: HOST,
        pollIntervalMs: 30_000,
        onDirectives: ({ revision }) => {
          seen.push(revision);
          return Promise.resolve();
        },
      },
    );
    source.start();
  }

  async function put(revision: number): Promise<void> {
    const value = HostDirectives.encode(directives(revision)).finish();
    await bus.bucket(DIRECTIVES_BUCKET).put(directivesKey(HOST.namespace, HOST.hostId), value);
  }

  it('reads its key at start, and again when nudged', async () => {
    await put(1);
    start(bus);
    await expect.poll(() => seen).toEqual([1n]);
    await put(2);
    await bus.publish(nudgeSubject(HOST.namespace, HOST.hostId), new Uint8Array());
    await expect.poll(() => seen).toEqual([1n, 2n]);
    expect(asked).toBe(0);
  });

  it('finds out by itself what a lost nudge would have told', async () => {
    await put(1);
    start(bus);
    await expect.poll(() => seen).toEqual([1n]);
    await put(2);
    await clock.advance(29_999);
    expect(seen).toEqual([1n]);
    await clock.advance(1);
    await expect.poll(() => seen).toEqual([1n, 2n]);
  });

  it('asks the catalog, and counts that, while the bus is away', async () => {
    const away = createNatsBus({ report: () => undefined }, { servers: ['127.0.0.1:1'], name: 'test' });
    start(away);
    await expect.poll(() => seen).toEqual([100n]);
    await away.close();
    expect(asked).toBe(1);
    expect(await telemetry.metricsText()).toMatch(/shoal_agent_fallbacks\S*what="directive"\S* 1/);
  });

  it('reads an absent key as no directives at all', async () => {
    start(bus);
    await expect.poll(() => seen).toEqual([0n]);
    expect(asked).toBe(0);
  });
});
