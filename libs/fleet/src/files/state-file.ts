import { readFile } from 'node:fs/promises';
import { writeFileAtomic } from '@shoal/session';

/** A small JSON file that always holds one of the states it was given. */
export interface StateFile<T> {
  /** What the file holds, as JSON gives it; `undefined` when there is none or it is damaged. */
  read(): Promise<unknown>;
  /** Resolves once this state, or one given later, is durable. States that are overtaken while waiting are not written. */
  write(state: T): Promise<void>;
}

/** A state file at `path`, whose directory exists. */
export function createStateFile<T>(path: string): StateFile<T> {
  let running: Promise<void> = Promise.resolve();
  let next: { state: T; written: Promise<void> } | undefined;
  return {
    async read() {
      try {
        return JSON.parse(await readFile(path, 'utf8')) as unknown;
      } catch {
        return undefined;
      }
    },
    write(state) {
      if (next !== undefined) {
        next.state = state;
        return next.written;
      }
      const written = running
        .catch(() => undefined)
        .then(async () => {
          const latest = next === undefined ? state : next.state;
          next = undefined;
          await writeFileAtomic(path, `${JSON.stringify(latest, undefined, 2)}\n`);
        });
      next = { state, written };
      running = written;
      return written;
    },
  };
}
