import { expect, it } from 'vitest';
import { RETRY_MIN } from '../constants.ts';
import { RetriedFailure } from './retried-failure.ts';

it('counts what fails together once, and pauses longer with each time it comes back', () => {
  const failure = new RetriedFailure();
  for (let piece = 0; piece < 10; piece++) failure.set(new Error(`piece ${piece}`), 0);
  expect(failure.takeDue(RETRY_MIN - 1)).toBe(false);
  expect(failure.takeDue(RETRY_MIN)).toBe(true);
  failure.set(new Error('again'), RETRY_MIN);
  expect(failure.takeDue(2 * RETRY_MIN)).toBe(false);
  expect(failure.takeDue(3 * RETRY_MIN)).toBe(true);
});

it('starts with a short pause again after something worked', () => {
  const failure = new RetriedFailure();
  failure.set(new Error('once'), 0);
  expect(failure.takeDue(RETRY_MIN)).toBe(true);
  failure.reset();
  failure.set(new Error('much later'), 0);
  expect(failure.takeDue(RETRY_MIN)).toBe(true);
});
