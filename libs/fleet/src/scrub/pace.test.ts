import { VirtualClock } from '@shoal/testing';
import { describe, expect, it } from 'vitest';
import { PACE_SLACK_MS } from './constants.ts';
import { Pace } from './pace.ts';

const MIB = 1024 * 1024;

describe('a pace', () => {
  const never = new AbortController().signal;

  it('lets through what its rate allows, whoever asks', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock, 10 * MIB);
    let passed = 0;
    const read = async (bytes: number): Promise<void> => {
      for (;;) {
        await pace.pass(bytes, never);
        passed += bytes;
      }
    };
    void read(MIB);
    void read(MIB / 16);
    for (const second of [1, 2, 3, 4]) {
      await clock.advance(1_000);
      // One piece each may have begun before it is paid for.
      expect(passed).toBeGreaterThan(second * 10 * MIB * 0.95);
      expect(passed).toBeLessThan(second * 10 * MIB + 2 * MIB + (PACE_SLACK_MS / 1_000) * 10 * MIB);
    }
  });

  it('saves nothing up while nobody reads', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock, MIB);
    await clock.advance(60_000);
    let passed = 0;
    const read = async (): Promise<void> => {
      for (let piece = 0; piece < 10; piece += 1) {
        await pace.pass(MIB, never);
        passed += 1;
      }
    };
    void read();
    await clock.advance(2_500);
    expect(passed).toBe(3);
  });

  it('ends when it is told to', async () => {
    const clock = new VirtualClock();
    const pace = new Pace(clock, 1);
    const stop = new AbortController();
    await pace.pass(1_000, stop.signal);
    const waiting = pace.pass(1, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
    await expect(pace.pass(1, stop.signal)).rejects.toThrow();
  });
});
