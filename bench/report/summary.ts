import type { Column, RunFigures } from '../benchmarks/benchmark.ts';
import { type Spread, spread } from './spread.ts';

/** One run of one entrant: its figures, or why there are none. */
export interface RunResult {
  readonly entrant: string;
  /** Runs of one repetition came one after the other, so that they met the same machine. */
  readonly rep: number;
  readonly figures?: RunFigures;
  readonly failure?: string;
}

/** An entrant's figures over its runs. */
export interface EntrantSummary {
  readonly entrant: string;
  readonly runs: number;
  readonly failures: number;
  /** By the key of the column. */
  readonly values: Readonly<Record<string, Spread | undefined>>;
}

/** How one entrant did beside another: of each repetition the quotient, then their spread. */
export interface RatioSummary {
  readonly entrant: string;
  readonly against: string;
  readonly ratios: Readonly<Record<string, Spread | undefined>>;
}

/** Sums up each entrant's runs, in the order of the entrants' first runs. */
export function summarise(columns: readonly Column[], runs: readonly RunResult[]): EntrantSummary[] {
  return entrantsOf(runs).map((entrant) => {
    const own = runs.filter((run) => run.entrant === entrant);
    const values = columns.map(({ key }) => {
      const numbers = own.map(({ figures }) => figures?.values[key]).filter(isNumber);
      return [key, spread(numbers)] as const;
    });
    return {
      entrant,
      runs: own.length,
      failures: own.filter(({ failure }) => failure !== undefined).length,
      values: Object.fromEntries(values),
    };
  });
}

/** Puts each entrant of ours beside each other client's, in the columns to be compared. */
export function compare(
  columns: readonly Column[],
  runs: readonly RunResult[],
  isOurs: (entrant: string) => boolean,
): RatioSummary[] {
  const entrants = entrantsOf(runs);
  const compared = columns.filter(({ compare = false }) => compare);
  return entrants.filter(isOurs).flatMap((entrant) =>
    entrants
      .filter((other) => !isOurs(other))
      .map((against) => {
        const ratios = compared.map(({ key }) => [key, spread(ratiosOf(runs, key, entrant, against))]);
        return { entrant, against, ratios: Object.fromEntries(ratios) as RatioSummary['ratios'] };
      }),
  );
}

/** Quotients of two entrants' values, of each repetition in which both have one. */
function ratiosOf(runs: readonly RunResult[], key: string, entrant: string, against: string): number[] {
  const valueOf = (name: string, rep: number): number | undefined =>
    runs.find((run) => run.entrant === name && run.rep === rep)?.figures?.values[key];
  const reps = [...new Set(runs.map(({ rep }) => rep))];
  return reps.map((rep) => (valueOf(entrant, rep) ?? NaN) / (valueOf(against, rep) ?? NaN)).filter(isNumber);
}

function entrantsOf(runs: readonly RunResult[]): string[] {
  return [...new Set(runs.map(({ entrant }) => entrant))];
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value);
}
