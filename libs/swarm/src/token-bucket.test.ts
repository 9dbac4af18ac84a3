import fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSeededRandom } from './random.ts';
import { TokenBucket } from './token-bucket.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const BLOCK = 16 * KIB;
const SECOND = 1_000;

interface Transfer {
  readonly at: number;
  readonly bytes: number;
}

/** Passes blocks as soon as the bucket is open, looking at it after irregular pauses of at most `maxPause` milliseconds. */
function saturate(bucket: TokenBucket, seed: number, maxPause: number, until: number, from = 0): Transfer[] {
  const random = createSeededRandom(seed);
  const transfers: Transfer[] = [];
  let now = from;
  while (now < until) {
    now += Math.max(bucket.opensIn(now), random.below(maxPause * 1_000) / 1_000);
    const blocks = Math.ceil(Math.max(0, bucket.level(now)) / BLOCK);
    if (blocks === 0) continue;
    bucket.take(blocks * BLOCK, now);
    transfers.push({ at: now, bytes: blocks * BLOCK });
  }
  return transfers;
}

/** Bytes of each second that begins with a transfer and ends before `until`. */
function seconds(transfers: readonly Transfer[], until: number): number[] {
  const sums: number[] = [];
  let end = 0;
  let sum = 0;
  for (const first of transfers) {
    if (first.at + SECOND > until) break;
    for (; (transfers[end]?.at ?? Infinity) < first.at + SECOND; end += 1) sum += transfers[end]?.bytes ?? 0;
    sums.push(sum);
    sum -= first.bytes;
  }
  return sums;
}

it('is exact within 5 % over any second, also when its user comes late', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2 * MIB, max: 1024 * MIB }),
      fc.integer(),
      fc.integer({ min: 1, max: 30 }),
      (rate, seed, maxPause) => {
        const until = 3 * SECOND;
        const sums = seconds(saturate(new TokenBucket(rate, 0), seed, maxPause, until), until);
        expect(sums.length).toBeGreaterThan(0);
        expect(Math.max(...sums)).toBeLessThanOrEqual(1.05 * rate);
        expect(Math.min(...sums)).toBeGreaterThanOrEqual(0.95 * rate);
      },
    ),
    { numRuns: 30 },
  );
});

it('exceeds a low rate by one block at most', () => {
  fc.assert(
    fc.property(fc.integer({ min: 16 * KIB, max: 2 * MIB }), fc.integer(), (rate, seed) => {
      const until = 10 * SECOND;
      const sums = seconds(saturate(new TokenBucket(rate, 0), seed, 20, until), until);
      expect(Math.max(...sums)).toBeLessThanOrEqual(1.04 * rate + BLOCK);
      expect(Math.min(...sums)).toBeGreaterThanOrEqual(0.96 * rate - BLOCK);
    }),
    { numRuns: 100 },
  );
});

it('does not make up for a long pause', () => {
  const rate = 10 * MIB;
  const bucket = new TokenBucket(rate, 0);
  const before = saturate(bucket, 1, 1, SECOND);
  const after = saturate(bucket, 2, 1, 8 * SECOND, 5 * SECOND);
  expect(Math.max(...seconds([...before, ...after], 8 * SECOND))).toBeLessThanOrEqual(1.05 * rate);
});

it('starts empty and saves up no more than a burst', () => {
  const bucket = new TokenBucket(1_000_000, 0);
  expect(bucket.level(0)).toBe(0);
  expect(bucket.level(10)).toBe(10_000);
  expect(bucket.level(60 * SECOND)).toBe(40_000);
});

it('opens when a debt is paid', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.take(500, 0);
  expect(bucket.opensIn(0)).toBe(500);
  expect(bucket.level(499)).toBeLessThan(0);
  expect(bucket.level(501)).toBeGreaterThan(0);
  expect(bucket.opensIn(501)).toBe(0);
});

it('takes back what was not used', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.take(700, 0);
  bucket.take(-500, 0);
  expect(bucket.opensIn(0)).toBe(200);
});

it('goes on with its debt when the rate changes', () => {
  const bucket = new TokenBucket(1_000, 0);
  bucket.take(600, 0);
  bucket.setRate(10_000, 100);
  expect(bucket.rate).toBe(10_000);
  expect(bucket.opensIn(100)).toBe(50);
});
