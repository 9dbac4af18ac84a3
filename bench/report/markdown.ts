import type { Column } from '../benchmarks/benchmark.ts';
import type { EntrantSummary, RatioSummary } from './summary.ts';
import { renderSpread } from './spread.ts';

const NOTHING = '–';

/** Lays rows out as a Markdown table that also reads well as it is. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = titles.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => (row[i] ?? '').length)),
  );
  const line = (cells: readonly string[]): string =>
    `| ${widths.map((width, i) => (cells[i] ?? '').padEnd(width)).join(' | ')} |`;
  const rule = widths.map((width) => '-'.repeat(width));
  return [line(titles), line(rule), ...rows.map(line)].join('\n');
}

/** A row an entrant; cells are median (lowest–highest). */
export function figuresTable(columns: readonly Column[], summaries: readonly EntrantSummary[]): string {
  const rows = summaries.map(({ entrant, runs, failures, values }) => [
    entrant,
    failures === 0 ? `${runs}` : `${runs}, ${failures} failed`,
    ...columns.map(({ key, digits }) => {
      const value = values[key];
      return value === undefined ? NOTHING : renderSpread(value, digits);
    }),
  ]);
  return markdownTable(['client', 'runs', ...columns.map(({ title }) => title)], rows);
}

/** A row a pair; cells are the quotients' median (lowest–highest). Undefined when there is nothing to compare. */
export function ratiosTable(
  columns: readonly Column[],
  summaries: readonly RatioSummary[],
): string | undefined {
  if (summaries.length === 0) return undefined;
  const compared = columns.filter(({ compare = false }) => compare);
  const rows = summaries.map(({ entrant, against, ratios }) => [
    `${entrant} : ${against}`,
    ...compared.map(({ key }) => {
      const ratio = ratios[key];
      return ratio === undefined ? NOTHING : renderSpread(ratio, 2);
    }),
  ]);
  return markdownTable(['ratio', ...compared.map(({ title }) => title)], rows);
}
