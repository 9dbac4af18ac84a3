import { expect, it } from 'vitest';
import { NO_LOCATION, sourceClassOf } from './source-class.ts';

const HERE = { zone: 'a', rack: 'r1' };

it.each([
  ['same-rack', { zone: 'a', rack: 'r1' }],
  ['same-zone', { zone: 'a', rack: 'r2' }],
  ['same-zone', { zone: 'a', rack: '' }],
  ['other-zone', { zone: 'b', rack: 'r1' }],
  ['other-zone', NO_LOCATION],
] as const)('an agent counts as %s', (expected, theirs) => {
  expect(sourceClassOf('agent', theirs, HERE)).toBe(expected);
  expect(sourceClassOf('agent', HERE, theirs)).toBe(expected);
});

it('agents without zones are in one zone, and in no rack', () => {
  expect(sourceClassOf('agent', NO_LOCATION, NO_LOCATION)).toBe('same-zone');
});

it('seeders and stock clients count as such, wherever they are', () => {
  expect(sourceClassOf('seeder', HERE, HERE)).toBe('seeder');
  expect(sourceClassOf('client', HERE, HERE)).toBe('client');
});
