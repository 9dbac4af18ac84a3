import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createWatchdog } from './watchdog.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('fires when it was not fed in time, and not before', async () => {
  const watchdog = createWatchdog(1_000);
  for (let fed = 0; fed < 3; fed += 1) {
    vi.advanceTimersByTime(999);
    watchdog.feed();
  }
  expect(watchdog.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1_000);
  expect(watchdog.signal.aborted).toBe(true);
  await expect(watchdog.stalled).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_STALLED' });
});

it('is silent once stopped', () => {
  const watchdog = createWatchdog(1_000);
  watchdog.stop();
  vi.advanceTimersByTime(10_000);
  expect(watchdog.signal.aborted).toBe(false);
});
