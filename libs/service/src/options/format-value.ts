import type { Option } from './option.ts';

const DURATIONS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1_000],
] as const;

const SIZES = [
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
] as const;

/** The default of an option as a user would write it (`6h`, `4MiB`, `10MiB/s`, `a,b`, `key=value`); empty when it has none. */
export function formatDefault({ type, default: value }: Option): string {
  if (value === undefined) return '';
  if (type === 'duration') return inUnits(value, DURATIONS, 'ms');
  if (type === 'bytes') return inUnits(value, SIZES, 'B');
  if (type === 'rate') return `${inUnits(value, SIZES, 'B')}/s`;
  if (Array.isArray(value)) return value.join(',');
  if (typeof value !== 'object') return String(value);
  return Object.entries(value)
    .map(([key, text]) => `${key}=${text}`)
    .join(',');
}

/** In the largest unit that leaves no fraction. */
function inUnits(value: number, units: readonly (readonly [string, number])[], smallest: string): string {
  const [name, size] = units.find(([, size]) => value >= size && value % size === 0) ?? [smallest, 1];
  return `${value / size}${name}`;
}
