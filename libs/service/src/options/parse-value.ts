import { parseEndpoint } from '../endpoint.ts';
import type { Option, OptionType, OptionTypes } from './option.ts';

/** Either the value of an option or, when the text cannot be one, what is wanted instead. */
export type Parsed<T> = { readonly value: T } | { readonly wanted: string };

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  TiB: 2 ** 40,
};
const RATE_UNITS: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries(BYTE_UNITS).map(([unit, factor]) => [`${unit}/s`, factor]),
);
const LABEL = /^([^=,\s]{1,63})=([^=,]{0,255})$/;

type Parsers = { readonly [T in OptionType]: (raw: unknown) => OptionTypes[T] | undefined };

const PARSERS: Parsers = {
  string: text,
  path: (raw) => (raw === '' ? undefined : text(raw)),
  integer: (raw) => scaled(raw, { '': 1 }),
  boolean: (raw) =>
    raw === true || raw === 'true' ? true : raw === false || raw === 'false' ? false : undefined,
  duration: (raw) => scaled(raw, DURATION_UNITS),
  bytes: (raw) => scaled(raw, BYTE_UNITS),
  rate: (raw) => scaled(raw, RATE_UNITS),
  endpoint: (raw) => (typeof raw === 'string' && parseEndpoint(raw) !== undefined ? raw : undefined),
  list,
  labels,
};

const WANTED: Readonly<Record<OptionType, string>> = {
  string: 'text',
  path: 'a path',
  integer: 'a whole number',
  boolean: 'true or false',
  duration: 'a duration such as 500ms, 30s, 5m or 2h',
  bytes: 'a size such as 512KiB, 4MiB or 1GiB',
  rate: 'a rate such as 512KiB/s, 10MiB/s or 1GiB/s',
  endpoint: 'host:port, [v6]:port or unix:/path',
  list: 'texts separated by commas',
  labels: 'key=value pairs separated by commas',
};

/** Reads the value of `option` from what a flag, a variable or a file gave. */
export function parseValue(option: Option, raw: unknown): Parsed<OptionTypes[OptionType]> {
  const value = PARSERS[option.type](raw);
  if (value === undefined) return { wanted: WANTED[option.type] };
  if (typeof value === 'number') {
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = option;
    if (value < min || value > max) return { wanted: `${WANTED[option.type]} from ${min} to ${max}` };
  }
  if (typeof value === 'string' && option.choices !== undefined && !option.choices.includes(value))
    return { wanted: `one of ${option.choices.join(', ')}` };
  return { value };
}

function text(raw: unknown): string | undefined {
  return typeof raw === 'string' ? raw : undefined;
}

function scaled(raw: unknown, units: Readonly<Record<string, number>>): number | undefined {
  if (typeof raw === 'number') return Number.isSafeInteger(raw) ? raw : undefined;
  const match = typeof raw === 'string' ? /^(-?\d{1,15})([A-Za-z/]*)$/.exec(raw) : null;
  if (match === null) return undefined;
  const [, digits = '', unit = ''] = match;
  const factor = unit === '' ? 1 : Object.hasOwn(units, unit) ? units[unit] : undefined;
  const value = factor === undefined ? undefined : Number(digits) * factor;
  return Number.isSafeInteger(value) ? value : undefined;
}

function list(raw: unknown): readonly string[] | undefined {
  if (typeof raw === 'string') return raw === '' ? [] : splitItems(raw);
  if (!Array.isArray(raw)) return undefined;
  return raw.every((item): item is string => typeof item === 'string') ? raw : undefined;
}

/** Splits at commas; those inside braces belong to a pattern, as in `*.{js,css}`. */
function splitItems(text: string): string[] {
  const items = [''];
  let depth = 0;
  for (const part of text.split(/([,{}])/)) {
    if (part === '{') depth += 1;
    if (part === '}') depth = Math.max(0, depth - 1);
    if (part === ',' && depth === 0) items.push('');
    else items.push(`${items.pop() ?? ''}${part}`);
  }
  return items.map((item) => item.trim());
}

function labels(raw: unknown): Readonly<Record<string, string>> | undefined {
  if (typeof raw === 'object' && raw !== null && !Array.isArray(raw))
    return labelsOf(Object.entries(raw).map(pair));
  const items = list(raw);
  return items && labelsOf(items);
}

function pair([key, value]: [string, unknown]): string {
  return `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`;
}

function labelsOf(items: readonly string[]): Readonly<Record<string, string>> | undefined {
  const matches = items.map((item) => LABEL.exec(item));
  if (matches.includes(null)) return undefined;
  return Object.fromEntries(matches.map((match) => [match?.[1] ?? '', match?.[2] ?? '']));
}
