import type { FileLevel, MetainfoEntry } from '@shoal/protocol';

/** How much a file or a piece matters: 0 is not wanted, 1 comes last, 4 is the default, 7 comes first. */
export type Priority = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;

/** Priorities by what a person calls them. */
export const PRIORITY_OF_LEVEL: Readonly<Record<FileLevel, Priority>> = {
  skip: 0,
  low: 1,
  normal: 4,
  high: 7,
};

/** What of a torrent is wanted, and in which order: pieces of a higher priority come before all of a lower one. */
export interface Priorities {
  /** Of a file; a piece that holds parts of several takes the highest of theirs. @default 4 for all */
  readonly ofFile?: (file: MetainfoEntry) => Priority;
  /** Of single pieces, whatever their files have. */
  readonly ofPieces?: ReadonlyMap<number, Priority>;
}

/** How pieces of the same priority are picked: the rarest in the swarm first, or from the first piece to the last. */
export type PickOrder = 'rarest-first' | 'sequential';
