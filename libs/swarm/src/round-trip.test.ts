import { describe, expect, it } from 'vitest';
import { FIRST_REQUEST_TIMEOUT, MAX_REQUEST_TIMEOUT, MIN_REQUEST_TIMEOUT } from './constants.ts';
import { RoundTrip } from './round-trip.ts';

describe('the timeout of requests', () => {
  it('is fixed until a block has come, then never below its bounds', () => {
    const trip = new RoundTrip();
    expect(trip.timeout).toBe(FIRST_REQUEST_TIMEOUT);
    for (let count = 0; count < 50; count += 1) trip.add(1);
    expect(trip.timeout).toBe(MIN_REQUEST_TIMEOUT);
  });

  it('follows a peer that is steadily slow, with room for how much it varies', () => {
    const trip = new RoundTrip();
    for (let count = 0; count < 100; count += 1) trip.add(10_000);
    expect(trip.timeout).toBeGreaterThanOrEqual(10_000);
    expect(trip.timeout).toBeLessThan(10_100);
    for (let count = 0; count < 100; count += 1) trip.add(count % 2 === 0 ? 8_000 : 12_000);
    expect(trip.timeout).toBeGreaterThan(16_000);
    for (let count = 0; count < 100; count += 1) trip.add(1_000_000);
    expect(trip.timeout).toBe(MAX_REQUEST_TIMEOUT);
  });
});
