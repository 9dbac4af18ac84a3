import type { Cleanup } from '../harness/cleanup.ts';
import type { Entrant } from '../harness/clients.ts';
import type { Content } from '../harness/content.ts';

/** What the user can set; every benchmark has its own defaults. */
export interface BenchmarkOptions {
  /** Entrants, as `client` or `client/format`. */
  readonly clients: readonly string[];
  /** Size of the content in MiB. */
  readonly size: number;
  /** Piece length in KiB. */
  readonly piece: number;
  /** Leechers. */
  readonly leechers: number;
  /** What each host may send, and receive, in MiB a second on the wire. Only where hosts are limited. */
  readonly rate: number;
  /** Runs of each entrant. */
  readonly reps: number;
  /** Longest time of a run, in seconds. */
  readonly limit: number;
}

/** What a run is given. */
export interface RunContext {
  readonly options: BenchmarkOptions;
  readonly content: Content;
  readonly entrant: Entrant;
  readonly shoalOptions: readonly string[];
  /** Undone after the run. */
  readonly cleanup: Cleanup;
  /** Short, different for each run on this machine. */
  readonly name: string;
}

/** Figures of one run, by the key of their column; undefined where a client does not tell. */
export interface RunFigures {
  readonly values: Readonly<Record<string, number | undefined>>;
  /** What the reader must know: the machine was too busy, hosts were not complete. */
  readonly remarks: readonly string[];
}

/** A column of the result. */
export interface Column {
  readonly key: string;
  readonly title: string;
  readonly digits: number;
  /** Compared between entrants as a ratio. */
  readonly compare?: boolean;
}

/** One benchmark: how to run it once, and what its figures mean. */
export interface Benchmark {
  readonly summary: string;
  readonly defaults: BenchmarkOptions;
  readonly columns: readonly Column[];
  /** @throws BenchError where this machine cannot run it */
  readonly requirements: () => void;
  /** @throws BenchError when the run comes to nothing */
  readonly run: (context: RunContext) => Promise<RunFigures>;
}

export const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

/** Above this part of all cores, the processor limits a transfer and not the network that it should measure. */
const CPU_LIMITED = 0.95;

/** Remarks that hold for every benchmark with a network of limited rates. */
export function limitedRemarks(busy: number): string[] {
  return busy > CPU_LIMITED ? [`the machine was ${percent(busy)} busy: limited by the processor`] : [];
}

function percent(part: number): string {
  return `${(part * 100).toFixed(0)} %`;
}
