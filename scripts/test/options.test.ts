import { expect, it } from 'vitest';
import { parseOptions, STAGES } from './options.ts';

it('runs every stage unless told otherwise', () => {
  expect(parseOptions([], {})).toEqual({ stages: STAGES, requireAll: false });
});

it('keeps the order of stages, not of the command line', () => {
  expect(parseOptions(['--only', 'unit', '--only', 'lint'], {})?.stages).toEqual(['lint', 'unit']);
});

it('takes --require-all from the environment too', () => {
  expect(parseOptions(['--require-all'], {})?.requireAll).toBe(true);
  expect(parseOptions([], { SHOAL_TEST_REQUIRE_ALL: '1' })?.requireAll).toBe(true);
});

it('refuses what it does not know', () => {
  expect(() => parseOptions(['--only', 'units'], {})).toThrow("There is no stage 'units'");
  expect(() => parseOptions(['--fast'], {})).toThrow(TypeError);
});
