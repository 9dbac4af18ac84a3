import type { Axis, AxisColumn } from './axis.ts';

/** What one step of an axis came to. */
export interface StepResult {
  readonly count: number;
  readonly values: Readonly<Record<string, number>>;
}

/**
 * How much more a figure has grown than the work since the step before: 1 is linear, less is better than that.
 * Undefined for the first step, and after one that came to nothing that can be measured.
 */
export function growth(column: AxisColumn, steps: readonly StepResult[], index: number): number | undefined {
  const [before, now] = [steps[index - 1], steps[index]];
  if (before === undefined || now === undefined) return undefined;
  const value = (step: StepResult): number => step.values[column.key] ?? NaN;
  return value(before) > 0 ? value(now) / value(before) / (now.count / before.count) : undefined;
}

/** The table of an axis: a row a step, figures per unit and their growth beside the totals. */
export function axisTable(axis: Axis, steps: readonly StepResult[]): readonly (readonly string[])[] {
  const titles = axis.columns.flatMap(({ title, perUnit }) =>
    perUnit === undefined ? [title] : [title, perUnit.title, '× linear'],
  );
  const rows = steps.map((step, index) => [
    step.count.toLocaleString('en'),
    ...axis.columns.flatMap((column) => cells(column, steps, index)),
  ]);
  return [[`${axis.unit}s`, ...titles], ...rows];
}

function cells(column: AxisColumn, steps: readonly StepResult[], index: number): string[] {
  const { key, digits, perUnit } = column;
  const { count, values } = steps[index] ?? { count: NaN, values: {} };
  const value = values[key] ?? NaN;
  if (perUnit === undefined) return [value.toFixed(digits)];
  return [
    value.toFixed(digits),
    ((value * perUnit.factor) / count).toFixed(perUnit.digits),
    growth(column, steps, index)?.toFixed(2) ?? '',
  ];
}
