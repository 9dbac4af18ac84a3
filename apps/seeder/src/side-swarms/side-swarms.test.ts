import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ClaimSwarmResponse,
  CompleteSwarmRequest,
  type DeepPartial,
  ShoalError,
  Status,
  SwarmFormat,
} from '@shoal/contracts';
import { manifestChunks } from '@shoal/fleet';
import { contentDigest, type Entries, parseMetainfo } from '@shoal/protocol';
import { createLogger, startTelemetry } from '@shoal/service';
import { createHashPool, createTorrent, hashTree, type HashPool, scanTree } from '@shoal/session';
import { VirtualClock } from '@shoal/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createSideSwarms, type SideSwarms } from './side-swarms.ts';

const PIECE = 65_536;
const logger = createLogger({ service: 'test', level: 'silent' });
const { SWARM_FORMAT_V1, SWARM_FORMAT_V2, SWARM_FORMAT_HYBRID } = SwarmFormat;
const FORMATS = { v1: SWARM_FORMAT_V1, v2: SWARM_FORMAT_V2, hybrid: SWARM_FORMAT_HYBRID } as const;

describe('side swarms', () => {
  const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'i' });
  const clock = new VirtualClock();
  let scratch = '';
  let root = '';
  let pool: HashPool;
  let entries: Entries;
  let running: SideSwarms | undefined;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'shoal-side-swarms-'));
    root = join(scratch, 'tree');
    await mkdir(join(root, 'bin'), { recursive: true });
    await writeFile(join(root, 'bin', 'server'), Buffer.alloc(200_001, 'server'));
    await writeFile(join(root, 'notes'), 'read me');
    await writeFile(join(root, 'empty'), '');
    pool = createHashPool();
    const scanned = await scanTree(root);
    entries = (await hashTree(root, scanned.entries, { format: 'v2', pieceLength: PIECE }, { pool })).entries;
  });
  afterEach(() => running?.stop());
  afterAll(async () => {
    await pool.close();
    await rm(scratch, { recursive: true });
  });

  /** A catalog that gives out these formats one after the other, and answers reports with these failures in turn. */
  function begin(
    formats: readonly (keyof typeof FORMATS)[],
    failures: ShoalError[] = [],
    digest = contentDigest(entries),
  ) {
    const reports: CompleteSwarmRequest[][] = [];
    const waiting = [...formats];
    let claims = 0;
    let synced = 0;
    let lastClaim = Promise.withResolvers<true>();
    const swarms = {
      async *claimSwarm(): AsyncGenerator<ClaimSwarmResponse> {
        claims += 1;
        const format = waiting.shift();
        await Promise.resolve();
        if (format === undefined) {
          lastClaim.resolve(true);
          return;
        }
        const profile = {
          version: 1,
          format: FORMATS[format],
          pieceLength: PIECE,
          private: true,
          source: 'default',
        };
        const key = { namespace: 'default', name: 'web', contentDigest: digest, profile };
        yield { part: { $case: 'swarm', value: key } };
        for (const value of manifestChunks(entries)) yield { part: { $case: 'manifest', value } };
      },
      async completeSwarm(messages: AsyncIterable<DeepPartial<CompleteSwarmRequest>>) {
        const report: CompleteSwarmRequest[] = [];
        for await (const message of messages) report.push(CompleteSwarmRequest.fromPartial(message));
        reports.push(report);
        const failure = failures.shift();
        if (failure !== undefined) throw failure;
        return {};
      },
    };
    const seedings = { sync: () => void (synced += 1) };
    const trees = { path: () => root };
    running = createSideSwarms(
      { swarms, seedings, trees, pool, clock, random: () => 0.5, logger, telemetry },
      { namespace: 'default', hostId: 'seeder-1' },
    );
    running.look();
    return {
      reports,
      counts: () => ({ claims, synced }),
      done: () => lastClaim.promise,
      again: () => {
        lastClaim = Promise.withResolvers();
        running?.look();
      },
    };
  }

  function metainfoOf(report: readonly CompleteSwarmRequest[]) {
    const [header, ...rest] = report;
    const chunks = rest.map(({ part }) => (part?.$case === 'metainfo' ? part.value : new Uint8Array()));
    return {
      header: header?.part?.$case === 'header' ? header.part.value : undefined,
      bytes: Buffer.concat(chunks),
    };
  }

  it.each(['v1', 'v2', 'hybrid'] as const)(
    'are made as %s from the stored tree, as `torrent create` makes it',
    async (format) => {
      const catalog = begin([format]);
      await catalog.done();
      const { header, bytes } = metainfoOf(catalog.reports[0]!);
      expect(header).toMatchObject({ seederId: 'seeder-1', errorCode: '' });
      const expected = await createTorrent(root, {
        pool,
        name: 'web',
        format,
        pieceLength: PIECE,
        private: true,
        source: 'default',
      });
      expect(bytes.equals(expected.bytes)).toBe(true);
      expect(parseMetainfo(bytes).format).toBe(format);
      expect(catalog.counts()).toEqual({ claims: 2, synced: 1 });
    },
  );

  it('are made one after the other until there is none left', async () => {
    const catalog = begin(['v1', 'v2']);
    await catalog.done();
    expect(catalog.reports).toHaveLength(2);
  });

  it('are reported as failed when the stored bytes are not those of the content', async () => {
    const catalog = begin(['v1'], [], new Uint8Array(32) as ReturnType<typeof contentDigest>);
    await catalog.done();
    const { header, bytes } = metainfoOf(catalog.reports[0]!);
    expect(header?.errorCode).toBe('SHOAL_SIDE_SWARM_DAMAGED');
    expect(bytes).toHaveLength(0);
  });

  it('are reported again while the catalog is away', async () => {
    const away = new ShoalError({
      code: 'SHOAL_UNAVAILABLE',
      status: Status.UNAVAILABLE,
      message: '',
      remedy: '',
    });
    const catalog = begin(['v1'], [away]);
    await expect.poll(() => catalog.reports.length).toBe(1);
    await clock.settled();
    await clock.advance(1_000);
    await catalog.done();
    expect(catalog.reports).toHaveLength(2);
  });

  it('are not asked for again at once after a refusal', async () => {
    const refusal = new ShoalError({
      code: 'SHOAL_SWARM_NOT_FOUND',
      status: Status.NOT_FOUND,
      message: '',
      remedy: '',
    });
    const catalog = begin(['v1', 'v2'], [refusal]);
    await expect.poll(() => catalog.counts().synced).toBe(1);
    expect(catalog.counts().claims).toBe(1);
    catalog.again();
    await catalog.done();
    expect(catalog.reports).toHaveLength(2);
  });

  it('wait for the next hello when the catalog does not say what there is to make', async () => {
    const catalog = begin([]);
    await catalog.done();
    expect(catalog.counts()).toEqual({ claims: 1, synced: 0 });
  });
});
