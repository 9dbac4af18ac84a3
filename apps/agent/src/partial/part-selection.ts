import { type Entries, type FileSelectionInit, type MetainfoEntry, selectFiles } from '@shoal/protocol';
import { type Priority, PRIORITY_OF_LEVEL } from '@shoal/session';

/** What callers want of one tree, together: the higher priority of an entry counts. */
export class PartSelection {
  readonly #priorities = new Map<number, Priority>();

  /** Adds what a selection names, as far as it is among `missing`. */
  add(
    priorityOf: (entry: MetainfoEntry) => Priority,
    entries: Entries<MetainfoEntry>,
    missing: ReadonlySet<number>,
  ): void {
    for (const index of missing) {
      const entry = entries.at(index);
      const priority = entry === undefined ? 0 : priorityOf(entry);
      if (priority > (this.#priorities.get(index) ?? 0)) this.#priorities.set(index, priority);
    }
  }

  has({ index }: MetainfoEntry): boolean {
    return this.#priorities.has(index);
  }

  /** As it is now, whatever is added later. */
  snapshot(): (entry: MetainfoEntry) => Priority {
    const priorities = new Map(this.#priorities);
    return ({ index }) => priorities.get(index) ?? 0;
  }
}

/**
 * Reads a selection of a caller.
 * @throws SelectionError
 */
export function priorityOf(
  entries: Entries<MetainfoEntry>,
  init: FileSelectionInit,
): (entry: MetainfoEntry) => Priority {
  const levelOf = selectFiles(entries, init);
  return (entry) => PRIORITY_OF_LEVEL[levelOf(entry)];
}
