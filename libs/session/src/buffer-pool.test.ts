import { describe, expect, it } from 'vitest';
import { BufferPool } from './buffer-pool.ts';

const KIB = 1024;

describe('BufferPool', () => {
  it('keeps to its budget, but lets every torrent have two buffers', () => {
    const pool = new BufferPool(256 * KIB);
    const greedy = pool.createShare(64 * KIB);
    const buffers = Array.from({ length: 5 }, () => greedy.acquire(64 * KIB));
    expect(buffers.map((buffer) => buffer?.length)).toEqual([65536, 65536, 65536, 65536, undefined]);
    const late = pool.createShare(64 * KIB);
    expect([late.acquire(64 * KIB), late.acquire(64 * KIB), late.acquire(64 * KIB)].map(Boolean)).toEqual([
      true,
      true,
      false,
    ]);
    expect(pool.usedBytes).toBe(384 * KIB);
  });

  it('uses memory again, and for pieces that are cut short as well', () => {
    const pool = new BufferPool(64 * KIB);
    const share = pool.createShare(64 * KIB);
    const first = share.acquire(64 * KIB)!;
    share.release(first);
    const second = share.acquire(40 * KIB)!;
    expect(second.buffer).toBe(first.buffer);
    expect(second).toHaveLength(40 * KIB);
  });

  it('uses the guaranteed buffers again when they alone are above the budget', () => {
    const pool = new BufferPool(96 * KIB);
    const share = pool.createShare(64 * KIB);
    const [first, second] = [share.acquire(64 * KIB)!, share.acquire(64 * KIB)!];
    share.release(first);
    expect(share.acquire(64 * KIB)!.buffer).toBe(first.buffer);
    share.release(second);
    expect(share.acquire(64 * KIB)!.buffer).toBe(second.buffer);
  });

  it('never hands out memory that was discarded', () => {
    const pool = new BufferPool(64 * KIB);
    const share = pool.createShare(64 * KIB);
    const tainted = share.acquire(64 * KIB)!;
    share.discard(tainted);
    expect(pool.usedBytes).toBe(0);
    expect(share.acquire(64 * KIB)!.buffer).not.toBe(tainted.buffer);
  });
});
