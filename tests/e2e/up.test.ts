import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OtlpReceiver, type ReceivedSpan, startOtlpReceiver } from '@shoal/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { shoalOk } from './support/cli.ts';
import { describeTree } from './support/compare-trees.ts';
import { writeSampleTree } from './support/sample-tree.ts';

const MIB = 1024 * 1024;
const AGENTS = 3;

describe('shoal up --once', () => {
  let scratch: string;
  let collector: OtlpReceiver;
  let printed: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'shoal-up-test-'));
    collector = await startOtlpReceiver();
    await writeSampleTree(join(scratch, 'build'), 4 * MIB);
    printed = await shoalOk(
      ...[
        'up',
        join(scratch, 'build'),
        '--once',
        '--agents',
        String(AGENTS),
        '--name',
        'web',
        '--version',
        '1',
      ],
      ...['--listen', '127.0.0.1:0', '--http-listen', '127.0.0.1:0'],
      ...['--data-dir', join(scratch, 'data'), '--otlp-endpoint', collector.url],
    );
  });
  afterAll(async () => {
    await collector.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it('brings the tree to every agent, and says so in a table', async () => {
    const build = await describeTree(join(scratch, 'build'));
    for (let i = 1; i <= AGENTS; i++) {
      expect(await describeTree(join(scratch, 'data', `agent-${i}`, 'live', 'web', '.'))).toEqual(build);
      expect(printed).toMatch(new RegExp(`^agent-${i} +active .* sha256:[0-9a-f]{12}$`, 'm'));
    }
    expect(printed).toContain(`completed, ${AGENTS} of ${AGENTS} hosts active`);
  });

  it('shows the push as one trace, from the command line through catalog and seeder', () => {
    expect(servicesIn(traceOf('shoal push'))).toEqual(['shoal-catalog', 'shoal-cli', 'shoal-seeder']);
  });

  it('shows the rollout as one trace, from the command line over the bus to every agent', () => {
    const trace = traceOf('shoal rollout create');
    expect(servicesIn(trace)).toEqual(expect.arrayContaining(['shoal-agent', 'shoal-catalog', 'shoal-cli']));
    for (const step of ['fetch', 'publish', 'activate']) {
      expect(trace.filter(({ service, name }) => service === 'shoal-agent' && name === step)).toHaveLength(
        AGENTS,
      );
    }
  });

  it('leaves no span of either trace without its parent', () => {
    for (const root of ['shoal push', 'shoal rollout create']) {
      const trace = traceOf(root);
      const known = new Set(trace.map(({ spanId }) => spanId));
      const orphans = trace.filter(
        ({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId),
      );
      expect(orphans).toEqual([]);
      expect(trace.filter(({ parentSpanId }) => parentSpanId === undefined)).toHaveLength(1);
    }
  });

  /** All spans of the trace that the span of this name begins. */
  function traceOf(root: string): ReceivedSpan[] {
    const { traceId } = collector.spans.find(({ name }) => name === root)!;
    return collector.spans.filter((span) => span.traceId === traceId);
  }
});

function servicesIn(trace: readonly ReceivedSpan[]): string[] {
  return [...new Set(trace.map(({ service }) => service))].sort();
}
