import { ScenarioError } from '../scenario-error.ts';
import type { Reader } from './reader.ts';

const BYTES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};

const BITS_PER_BYTE = 8;

const RATES: Readonly<Record<string, number>> = {
  ...Object.fromEntries(Object.entries(BYTES).map(([unit, factor]) => [`${unit}/s`, factor])),
  'Mbit/s': 1e6 / BITS_PER_BYTE,
  'Gbit/s': 1e9 / BITS_PER_BYTE,
};

const TIMES: Readonly<Record<string, number>> = { ms: 1, s: 1_000, min: 60_000, h: 3_600_000 };

/** Bytes: a number, or text such as "4 MiB". */
export const bytes = quantity('a size such as "4 MiB" or "3 GB"', BYTES, 1);

/** Bytes per second: a number, or text such as "300 MB/s". */
export const rate = quantity('a rate such as "300 MB/s" or "10 Gbit/s"', RATES, 1);

/** Milliseconds: text such as "0.25 ms" or "2 s", or a number of milliseconds. */
export const time = quantity('a time such as "0.25 ms" or "2 s"', TIMES, 0);

/** A share: a number from 0 to 1, or text such as "30 %". */
export const share: Reader<number> = (value, path) => {
  const found = quantity('a share from 0 to 1 or such as "30 %"', { '%': 0.01 }, 0)(value, path);
  if (found > 1) throw new ScenarioError(path, 'a share from 0 to 1 or such as "30 %"', value);
  return found;
};

/** A whole number within bounds. */
export function integer(min: number, max: number): Reader<number> {
  return (value, path) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new ScenarioError(path, `a whole number from ${min} to ${max}`, value);
  };
}

/** A number of at least `min`, or a text of a number and one of the units. */
function quantity(expected: string, units: Readonly<Record<string, number>>, min: number): Reader<number> {
  return (value, path) => {
    const found = typeof value === 'string' ? parse(value, units) : value;
    if (typeof found === 'number' && found >= min && found <= Number.MAX_SAFE_INTEGER) return found;
    throw new ScenarioError(path, expected, value);
  };
}

function parse(text: string, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?(\D{1,6})$/.exec(text.trim());
  const unit = match?.[2] ?? '';
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return factor === undefined ? undefined : Number(match?.[1]) * factor;
}
