import type { Cleanup } from '../harness/cleanup.ts';

/** What each step of an axis is given. */
export interface StepContext {
  /** Undone after the step. */
  readonly cleanup: Cleanup;
  /** An empty directory of the step. */
  readonly directory: string;
  /** Longest time of a transfer, in milliseconds. */
  readonly limitMs: number;
}

/** A figure of an axis. */
export interface AxisColumn {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
  /** It is to grow with the work at most: shown per unit as well, in what the factor makes of it. */
  readonly perUnit?: { readonly title: string; readonly factor: number; readonly digits: number };
}

/** One way in which the work grows. */
export interface Axis {
  /** What there is more and more of, and what is done with it. */
  readonly summary: string;
  /** Name of one of it: "piece". */
  readonly unit: string;
  /** How many of it, ascending. */
  readonly steps: readonly number[];
  readonly columns: readonly AxisColumn[];
  /**
   * Runs one step.
   * @returns figures by the key of their column
   * @throws BenchError when it comes to nothing
   */
  readonly run: (count: number, context: StepContext) => Promise<Readonly<Record<string, number>>>;
}
