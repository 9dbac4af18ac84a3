import { describe, expect, it } from 'vitest';
import { formatAge, formatBytes, formatDuration, formatLabels, formatRate, plural } from './format.ts';

describe('formatBytes', () => {
  it.each([
    [0, '0 B'],
    [1023, '1023 B'],
    [1536, '1.50 KiB'],
    [64 * 1024 * 1024, '64.0 MiB'],
    [2n ** 31n, '2.00 GiB'],
    [700 * 1024 * 1024, '700 MiB'],
  ])('%s is %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('says rates in the same way', () => {
    expect(formatRate(1536)).toBe('1.50 KiB/s');
  });
});

describe('formatDuration', () => {
  it.each([
    [240, '240 ms'],
    [1240, '1.24 s'],
    [123_000, '2m 03s'],
    [3_900_000, '1h 05m'],
  ])('%s ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatAge', () => {
  const now = new Date('2026-01-02T00:00:00Z');
  it.each([
    [undefined, 'never'],
    [new Date('2026-01-01T23:59:59.500Z'), 'just now'],
    [new Date('2026-01-01T23:59:18Z'), '42 s ago'],
    [new Date('2026-01-01T23:50:00Z'), '10 min ago'],
    [new Date('2026-01-01T12:00:00Z'), '12 h ago'],
    // A clock that is ahead of ours is not in the future.
    [new Date('2026-01-02T00:00:09Z'), 'just now'],
  ])('%s is %s', (then, text) => {
    expect(formatAge(then, now)).toBe(text);
  });
});

it('sorts labels, and shows that there are none', () => {
  expect(formatLabels({ zone: 'a', role: 'web' })).toBe('role=web zone=a');
  expect(formatLabels({})).toBe('-');
});

it('counts in words', () => {
  expect([plural(1, 'file'), plural(0, 'file'), plural(2, 'host')]).toEqual(['1 file', '0 files', '2 hosts']);
});
