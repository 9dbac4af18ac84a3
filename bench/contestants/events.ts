import { writeSync } from 'node:fs';

/** A transfer's figures so far: payload bytes, and connected peers. */
export interface ContestantFigures {
  /** Verified. */
  readonly done: number;
  /** Sent. */
  readonly up: number;
  /** Received; aria2 does not say. */
  readonly down?: number;
  /** Received in vain: twice, or damaged; aria2 does not say. */
  readonly wasted?: number;
  readonly peers: number;
}

/** What a contestant tells its harness, one JSON object a line on standard output. */
export type ContestantEvent =
  /** The process to be measured. */
  | { readonly ev: 'pid'; readonly pid: number }
  /** A seeder has checked its data and takes peers at `port`; a leecher waits for `go`. */
  | { readonly ev: 'ready'; readonly port: number }
  /** A leecher has verified and written every piece. It goes on seeding. */
  | { readonly ev: 'complete' }
  /** Once a second, and as answer to `quit`. */
  | ({ readonly ev: 'stat' | 'final' } & ContestantFigures)
  | { readonly ev: 'error'; readonly msg: string };

const STANDARD_OUTPUT = 1;

/** Says it at once: the harness stops its clock when the line arrives. */
export function say(event: ContestantEvent): void {
  writeSync(STANDARD_OUTPUT, `${JSON.stringify(event)}\n`);
}
