import { expect, it } from 'vitest';
import { formatDefault } from './format-value.ts';
import type { Option } from './option.ts';

it.each<[Pick<Option, 'type' | 'default'>, string]>([
  [{ type: 'duration', default: 21_600_000 }, '6h'],
  [{ type: 'duration', default: 1_500 }, '1500ms'],
  [{ type: 'duration', default: 30 * 86_400_000 }, '30d'],
  [{ type: 'bytes', default: 4 * 2 ** 20 }, '4MiB'],
  [{ type: 'bytes', default: 1_025 }, '1025B'],
  [{ type: 'rate', default: 10 * 2 ** 20 }, '10MiB/s'],
  [{ type: 'list', default: ['a', 'b'] }, 'a,b'],
  [{ type: 'labels', default: { role: 'web', zone: 'a' } }, 'role=web,zone=a'],
  [{ type: 'labels', default: {} }, ''],
  [{ type: 'integer', default: 0 }, '0'],
  [{ type: 'string' }, ''],
])('%j reads %s', (option, text) => {
  expect(formatDefault({ description: '', ...option } as Option)).toBe(text);
});
