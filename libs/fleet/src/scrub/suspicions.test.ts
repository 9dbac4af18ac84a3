import { VirtualClock } from '@shoal/testing';
import { expect, it } from 'vitest';
import type { DigestHex } from '../swarms/swarm-record.ts';
import { SUSPICION_INTERVAL_MS } from './constants.ts';
import { Suspicions } from './suspicions.ts';

const [A, B] = ['a', 'b'].map((letter) => letter.repeat(64)) as [DigestHex, DigestHex];

it('takes one suspicion of each tree in an hour', async () => {
  const clock = new VirtualClock();
  const suspicions = new Suspicions(clock);
  expect([suspicions.take(A), suspicions.take(A), suspicions.take(B)]).toEqual([true, false, true]);
  await clock.advance(SUSPICION_INTERVAL_MS - 1);
  expect([suspicions.take(A), suspicions.take(B)]).toEqual([false, false]);
  await clock.advance(1);
  expect([suspicions.take(A), suspicions.take(A), suspicions.take(B)]).toEqual([true, false, true]);
});
