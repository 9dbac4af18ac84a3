import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DeepPartial,
  HostReport,
  type ReportRequest,
  type ReportResponse,
  TargetState,
} from '@shoal/contracts';
import type { DigestHex } from '@shoal/fleet';
import { createInProcessBus, type EventBus } from '@shoal/messaging';
import { createLogger, startTelemetry } from '@shoal/service';
import { VirtualClock } from '@shoal/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentMetrics } from '../metrics.ts';
import type { Desired } from '../reconcile/desired.ts';
import { hostReport } from './host-reports.ts';
import { createReporter, type Reporter } from './reporter.ts';

const HOST = { namespace: 'default', hostId: 'host-1' };
const STREAM = {
  name: 'REPORTS',
  subjects: ['shoal.*.report.>'],
  maxAgeMs: 60_000,
  maxBytes: 1_000_000,
  dedupeWindowMs: 60_000,
};
const { TARGET_STATE_FETCHING, TARGET_STATE_FETCHED, TARGET_STATE_FAILED } = TargetState;
const logger = createLogger({ service: 'test', level: 'silent' });
const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'test' });

function report(revision: number, state: TargetState, errorCode = ''): HostReport {
  const desired: Desired = {
    name: 'web',
    version: '1',
    contentDigest: 'a'.repeat(64) as DigestHex,
    revision: BigInt(revision),
    phase: 'activate',
    rolloutId: 'r',
    traceparent: '',
    size: 1,
  };
  return hostReport(HOST, desired, { state, errorCode }, { now: 0, traceparent: '' });
}

describe('reporter', () => {
  let directory: string;
  let clock: VirtualClock;
  let bus: EventBus;
  let reporter: Reporter;
  /** What the catalog was told directly. */
  let told: HostReport[];
  let catalogAway: boolean;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-reports-'));
    clock = new VirtualClock();
    bus = createInProcessBus({ report: () => undefined });
    told = [];
    catalogAway = false;
  });
  afterEach(async () => {
    await reporter.stop();
    await bus.close();
    await rm(directory, { recursive: true });
  });

  async function start(over: EventBus | undefined): Promise<void> {
    const tell = (request: DeepPartial<ReportRequest>): Promise<ReportResponse> => {
      if (catalogAway) return Promise.reject(new Error('away'));
      told.push(request.report as HostReport);
      return Promise.resolve({});
    };
    const metrics = createAgentMetrics(telemetry);
    reporter = createReporter(
      { bus: over, fleet: { report: tell }, clock, logger, metrics, random: () => 0.5, telemetry },
      { path: join(directory, 'reports.json') },
    );
    await reporter.start();
  }

  function toldStates(): (TargetState | undefined)[] {
    return told.map(({ target }) => target?.state);
  }

  it('publishes transitions durably on the bus, each once', async () => {
    await bus.ensureStream(STREAM);
    const received: HostReport[] = [];
    const consumption = bus.consume({ stream: STREAM, durable: 'test' }, (message) => {
      received.push(HostReport.decode(message.payload));
      return Promise.resolve();
    });
    await start(bus);
    await reporter.report(report(1, TARGET_STATE_FETCHING));
    await clock.settled();
    await reporter.report(report(1, TARGET_STATE_FETCHING));
    await reporter.report(report(1, TARGET_STATE_FETCHED));
    await expect
      .poll(() => received.map(({ target }) => target?.state))
      .toEqual([TARGET_STATE_FETCHING, TARGET_STATE_FETCHED]);
    expect(told).toEqual([]);
    await consumption.stop();
  });

  it('publishes each try of a host that fails again and again, in order although the clock stands', async () => {
    await bus.ensureStream(STREAM);
    const received: HostReport[] = [];
    const consumption = bus.consume({ stream: STREAM, durable: 'test' }, (message) => {
      received.push(HostReport.decode(message.payload));
      return Promise.resolve();
    });
    await start(bus);
    const tries = [TARGET_STATE_FETCHING, TARGET_STATE_FAILED, TARGET_STATE_FETCHING, TARGET_STATE_FAILED];
    for (const [index, state] of tries.entries()) {
      await reporter.report(report(1, state));
      await expect.poll(() => received.length).toBe(index + 1);
    }
    expect(received.map(({ target }) => target?.state)).toEqual(tries);
    const times = received.map(({ target }) => target?.updatedAt?.getTime());
    expect(new Set(times).size).toBe(tries.length);
    expect(times).toEqual([...times].sort());
    await consumption.stop();
  });

  it('tells the catalog directly when the bus has no stream, or there is no bus', async () => {
    await start(bus);
    await reporter.report(report(1, TARGET_STATE_FETCHED));
    await expect.poll(toldStates).toEqual([TARGET_STATE_FETCHED]);
    await reporter.stop();
    await start(undefined);
    await reporter.report(report(2, TARGET_STATE_FETCHED));
    await expect.poll(toldStates).toEqual([TARGET_STATE_FETCHED, TARGET_STATE_FETCHED]);
  });

  it('keeps the last transition across a restart until somebody takes it', async () => {
    catalogAway = true;
    await start(undefined);
    await reporter.report(report(1, TARGET_STATE_FETCHING));
    await reporter.report(report(1, TARGET_STATE_FAILED, 'SHOAL_STORE_FULL'));
    await reporter.stop();
    await start(undefined);
    expect(told).toEqual([]);
    catalogAway = false;
    await expect
      .poll(async () => {
        await clock.advance(1_000);
        return told.map(({ target }) => target?.errorCode);
      })
      .toEqual(['SHOAL_STORE_FULL']);
  });

  it('delivers what it cannot keep', async () => {
    await start(undefined);
    // A directory in the file's place: writing it fails as on a full disk.
    await mkdir(join(directory, 'reports.json.new'));
    await reporter.report(report(1, TARGET_STATE_FAILED, 'SHOAL_STORE_FULL'));
    await expect.poll(toldStates).toEqual([TARGET_STATE_FAILED]);
  });

  it('does not send again after a restart what was taken', async () => {
    await start(undefined);
    await reporter.report(report(1, TARGET_STATE_FETCHED));
    await expect.poll(toldStates).toHaveLength(1);
    await reporter.stop();
    await start(undefined);
    await reporter.report(report(1, TARGET_STATE_FETCHED));
    await clock.advance(60_000);
    expect(told).toHaveLength(1);
  });
});
