import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, startTelemetry } from '@shoal/service';
import { createHashPool, createTorrent, OpenFiles, SpanCache } from '@shoal/session';
import { VirtualClock } from '@shoal/testing';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SwarmMembers } from '../swarms/swarm-members.ts';
import { type DigestHex, swarmKeyOf } from '../swarms/swarm-record.ts';
import { openSwarmRecords, type SwarmRecords } from '../swarms/swarm-records.ts';
import type { TreeState } from './scrub-state.ts';
import { createScrubber, type Scrubber, type ScrubberInit } from './scrubber.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const PIECE = 65_536;
/** Later than every ctime. */
const FAR = 9e15;
const PIECES = 40;
const DIGEST = 'd'.repeat(64) as DigestHex;

const pool = createHashPool();
afterAll(() => pool.close());
const logger = createLogger({ service: 'test', level: 'silent' });
const telemetry = startTelemetry({ service: 'test', version: '0', instance: 'test' });

/** A host that is in no swarm: nothing of these tests needs a peer. */
const NO_SWARMS: SwarmMembers = {
  join: () => {
    throw new Error('nothing is to be fetched');
  },
  get: () => undefined,
  all: () => [],
  leave: () => Promise.resolve(),
  start: () => undefined,
  stop: () => Promise.resolve(),
};

describe('the schedule of a scrubber', () => {
  let directory: string;
  let records: SwarmRecords;
  let clock: VirtualClock;
  let scrubber: Scrubber;
  let statePath: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'shoal-scrub-'));
    statePath = join(directory, 'scrub.json');
    const root = join(directory, 'store', DIGEST);
    await mkdir(root, { recursive: true });
    await mkdir(join(directory, 'repairs'));
    await writeFile(join(root, 'file'), Buffer.alloc(PIECES * PIECE, 7));
    const torrent = await createTorrent(root, { pool, format: 'v2', pieceLength: PIECE, name: 'web' });
    records = await openSwarmRecords(join(directory, 'meta'));
    const hashes = { infoHashV2: Buffer.from(torrent.metainfo.infoHashV2!).toString('hex') };
    const key = swarmKeyOf(torrent.metainfo);
    const grant = { grant: '', grantedAt: 0, grantExpiresAt: 0, trackerEndpoints: [] };
    const named = { namespace: 'default', name: 'web', version: '1', contentDigest: DIGEST, size: 1 };
    await records.save({ key, ...named, ...hashes, ...grant }, torrent.bytes);
    clock = new VirtualClock();
  });
  afterEach(async () => {
    await scrubber.stop();
    await rm(directory, { recursive: true });
  });

  async function begin(init: Partial<ScrubberInit> = {}): Promise<void> {
    const root = join(directory, 'store', DIGEST);
    const trees = { find: (digest: DigestHex) => Promise.resolve(digest === DIGEST ? { root } : undefined) };
    const store = { pool, cache: new SpanCache(), files: new OpenFiles() };
    scrubber = createScrubber(
      {
        members: NO_SWARMS,
        records,
        store,
        trees,
        seed: () => undefined,
        clock,
        random: () => 0.5,
        logger,
        telemetry,
      },
      {
        statePath,
        scratch: join(directory, 'repairs'),
        intervalMs: 7 * DAY,
        // Virtual time says nothing of ctimes: nobody looks at them here.
        checkIntervalMs: HOUR,
        rate: 20 * 1024 * 1024,
        ...init,
      },
    );
    await scrubber.load();
    scrubber.start();
  }

  async function keptState(): Promise<TreeState> {
    const states = JSON.parse(await readFile(statePath, 'utf8')) as Record<string, TreeState>;
    return states[DIGEST]!;
  }

  /** Milliseconds that pass, an hour at a time, until the tree has been verified at another time than `before`. */
  async function untilVerified(before: Date | undefined, step = HOUR): Promise<number> {
    const startedAt = clock.now();
    await expect
      .poll(
        async () => {
          await clock.advance(step);
          return scrubber.report().lastVerifiedAt?.getTime();
        },
        { interval: 5, timeout: 20_000 },
      )
      .not.toBe(before?.getTime());
    const verifiedAt = scrubber.report().lastVerifiedAt!.getTime();
    await expect.poll(async () => (await keptState()).verifiedAt).toBe(verifiedAt);
    return verifiedAt - startedAt;
  }

  it('reads a tree an interval after it was published, and again an interval later', async () => {
    await begin();
    await scrubber.published(DIGEST);
    for (let round = 0; round < 2; round += 1) {
      const { verifiedAt, dueAt } = await keptState();
      expect(dueAt - verifiedAt).toBe(7 * DAY);
      await untilVerified(new Date(verifiedAt));
      expect(scrubber.report().lastVerifiedAt!.getTime()).toBeGreaterThanOrEqual(dueAt);
    }
  });

  it('reads a tree it knows nothing of within a day', async () => {
    const startedAt = clock.now();
    await begin();
    expect(scrubber.report().lastVerifiedAt).toBeUndefined();
    expect((await keptState()).dueAt - startedAt).toBe(DAY / 2);
    expect(await untilVerified(undefined)).toBeGreaterThanOrEqual(DAY / 2);
  });

  it('reads nothing by itself when that is off', async () => {
    await begin({ intervalMs: 0 });
    await clock.advance(30 * DAY);
    expect(scrubber.report().lastVerifiedAt).toBeUndefined();
  });

  it('takes the time that its rate says', async () => {
    await begin({ intervalMs: 0, rate: PIECE });
    const startedAt = clock.now();
    let isDone = false;
    const scrubbing = scrubber.scrub(DIGEST, { signal: new AbortController().signal });
    void scrubbing.then(() => (isDone = true));
    await expect
      .poll(
        async () => {
          await clock.advance(500);
          return isDone;
        },
        { interval: 1, timeout: 20_000 },
      )
      .toBe(true);
    expect((await scrubbing)?.bytesVerified).toBe(PIECES * PIECE);
    // The last piece is read before it is paid for.
    expect(clock.now() - startedAt).toBeGreaterThanOrEqual((PIECES - 1) * 1_000);
  });

  it('goes on after a restart where it was', async () => {
    const state = { verifiedAt: 5, dueAt: 0, unchangedSince: FAR, cursor: PIECES - 10 };
    await writeFile(statePath, JSON.stringify({ [DIGEST]: state }));
    await begin({ rate: PIECE });
    const passed = await untilVerified(new Date(5), 100);
    expect(passed).toBeGreaterThanOrEqual(9_000);
    // Had it begun anew it would take 40 s.
    expect(passed).toBeLessThan(30_000);
    expect((await keptState()).cursor).toBe(0);
  });

  it('keeps its place when it is stopped in the middle', async () => {
    const state = { verifiedAt: 5, dueAt: 0, unchangedSince: FAR, cursor: 0 };
    await writeFile(statePath, JSON.stringify({ [DIGEST]: state }));
    await begin({ rate: PIECE });
    let kept = 0;
    await expect
      .poll(
        async () => {
          await clock.advance(1_000);
          return (kept = (await keptState()).cursor);
        },
        { interval: 5, timeout: 20_000 },
      )
      .toBeGreaterThan(10);
    await scrubber.stop();
    const { cursor } = await keptState();
    expect(cursor).toBeGreaterThanOrEqual(kept);
    expect(cursor).toBeLessThan(PIECES);
  });

  it('leaves a file of states that is damaged behind', async () => {
    await writeFile(statePath, JSON.stringify({ [DIGEST]: { verifiedAt: 'yesterday' }, x: 5 }));
    await begin();
    expect(scrubber.report()).toEqual({ lastVerifiedAt: undefined, damagedArtifacts: 0, damaged: [] });
  });

  it('serves nothing of a tree whose repair an earlier run left unfinished', async () => {
    const damage = { files: [0], foundAt: 1_000, errorCode: 'SHOAL_FLEET_DAMAGED', errorMessage: 'nobody' };
    const state = { verifiedAt: 5, dueAt: FAR, unchangedSince: FAR, cursor: 0, damage };
    await writeFile(statePath, JSON.stringify({ [DIGEST]: state }));
    const file = await open(join(directory, 'store', DIGEST, 'file'), 'r+');
    await file.write('damage', 100);
    await file.close();
    await begin();
    expect([...scrubber.damaged]).toEqual([DIGEST]);
    expect(scrubber.report().damaged).toMatchObject([{ name: 'web', version: '1', files: 1 }]);
  });
});
