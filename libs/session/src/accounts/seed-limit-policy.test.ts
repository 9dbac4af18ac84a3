import { expect, it } from 'vitest';
import { LINGER_QUIET } from './constants.ts';
import { createLingeringSeedLimit, type SeedFigures } from './seed-limit-policy.ts';

const FIGURES: SeedFigures = { ratio: 0.5, seedMillis: 1_000, uploaded: 50, requesters: 0 };

it('stops at whichever limit is reached first, and at none when there is none', () => {
  const policy = createLingeringSeedLimit({ ratio: 2, seedMillis: 5_000 });
  expect(policy.reached(FIGURES, 0)).toBeUndefined();
  expect(policy.reached({ ...FIGURES, ratio: 2 }, 1)).toBe('ratio');
  expect(policy.reached({ ...FIGURES, seedMillis: 5_000 }, 2)).toBe('seed-time');
  expect(
    createLingeringSeedLimit({}).reached({ ...FIGURES, ratio: 99, seedMillis: 1e12 }, 3),
  ).toBeUndefined();
});

it('takes a ratio that is not known for none', () => {
  const policy = createLingeringSeedLimit({ ratio: 0.1 });
  expect(policy.reached({ ...FIGURES, ratio: undefined, uploaded: 1e9 }, 0)).toBeUndefined();
});

it('lingers until every requester is done', () => {
  const policy = createLingeringSeedLimit({ ratio: 2 });
  let now = 0;
  for (let uploaded = 100; uploaded < 110; uploaded += 1) {
    now += LINGER_QUIET - 1;
    expect(policy.reached({ ...FIGURES, ratio: 2, uploaded, requesters: 1 }, now)).toBeUndefined();
  }
  expect(policy.reached({ ...FIGURES, ratio: 2, uploaded: 110 }, now)).toBe('ratio');
});

it('does not wait for one that is sent nothing any more', () => {
  const policy = createLingeringSeedLimit({ seedMillis: 1_000 });
  const figures = { ...FIGURES, requesters: 1 };
  expect(policy.reached(figures, 7)).toBeUndefined();
  expect(policy.reached(figures, 6 + LINGER_QUIET)).toBeUndefined();
  expect(policy.reached(figures, 7 + LINGER_QUIET)).toBe('seed-time');
});
