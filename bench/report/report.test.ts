import { describe, expect, it } from 'vitest';
import { figuresTable, ratiosTable } from './markdown.ts';
import { median, renderSpread, spread } from './spread.ts';
import { compare, type RunResult, summarise } from './summary.ts';

const COLUMNS = [
  { key: 'rate', title: 'MiB/s', digits: 0, compare: true },
  { key: 'rss', title: 'RSS', digits: 1 },
];

function run(entrant: string, rep: number, rate: number | undefined, rss = 10): RunResult {
  return rate === undefined
    ? { entrant, rep, failure: 'broken' }
    : { entrant, rep, figures: { values: { rate, rss }, remarks: [] } };
}

/** The machine was half as fast in the second repetition; theirs failed in the third. */
const RUNS = [
  ...[run('ours', 1, 400), run('theirs', 1, 200)],
  ...[run('ours', 2, 240), run('theirs', 2, 100)],
  ...[run('ours', 3, 800), run('theirs', 3, undefined)],
];

describe('spread', () => {
  it('has the middle and the extremes', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
    expect(spread([10, 9, 100])).toEqual({ median: 10, min: 9, max: 100 });
    expect(spread([])).toBeUndefined();
  });

  it('is written as one number when it looks like one', () => {
    expect(renderSpread({ median: 1.5, min: 1.25, max: 2 }, 2)).toBe('1.50 (1.25–2.00)');
    expect(renderSpread({ median: 1.001, min: 1, max: 1.002 }, 1)).toBe('1.0');
  });
});

it('sums up what each entrant did, failed runs apart', () => {
  expect(summarise(COLUMNS, RUNS)).toMatchObject([
    { entrant: 'ours', runs: 3, failures: 0, values: { rate: { median: 400, min: 240, max: 800 } } },
    { entrant: 'theirs', runs: 3, failures: 1, values: { rate: { median: 150, min: 100, max: 200 } } },
  ]);
});

it('compares runs of the same repetition only', () => {
  const [ratio, ...more] = compare(COLUMNS, RUNS, (entrant) => entrant === 'ours');
  expect(more).toEqual([]);
  expect(ratio).toEqual({
    entrant: 'ours',
    against: 'theirs',
    ratios: { rate: { median: 2.2, min: 2, max: 2.4 } },
  });
});

it('writes Markdown tables', () => {
  expect(figuresTable(COLUMNS, summarise(COLUMNS, RUNS))).toBe(
    [
      '| client | runs        | MiB/s         | RSS  |',
      '| ------ | ----------- | ------------- | ---- |',
      '| ours   | 3           | 400 (240–800) | 10.0 |',
      '| theirs | 3, 1 failed | 150 (100–200) | 10.0 |',
    ].join('\n'),
  );
  expect(
    ratiosTable(
      COLUMNS,
      compare(COLUMNS, RUNS, (entrant) => entrant === 'ours'),
    ),
  ).toBe(
    [
      '| ratio         | MiB/s            |',
      '| ------------- | ---------------- |',
      '| ours : theirs | 2.20 (2.00–2.40) |',
    ].join('\n'),
  );
  expect(ratiosTable(COLUMNS, [])).toBeUndefined();
});
