import { createStateFile, type StateFile } from '../files/state-file.ts';
import { type DigestHex, isDigestHex } from '../swarms/swarm-record.ts';

/** What is known to be wrong with a tree. Times are milliseconds since 1970. */
export interface Damage {
  /** Indexes of files in the metainfo. */
  readonly files: readonly number[];
  readonly foundAt: number;
  /** Why it is not repaired; empty while an attempt is under way that has not failed yet. */
  readonly errorCode: string;
  readonly errorMessage: string;
}

/** What a host remembers of a tree it verifies at rest. Times are milliseconds since 1970. */
export interface TreeState {
  /** The whole of it was last verified then; 0: not since it is kept here. */
  readonly verifiedAt: number;
  /** When it is to be read as a whole again. */
  readonly dueAt: number;
  /** What has a later ctime than this was not verified since it changed. */
  readonly unchangedSince: number;
  /** The piece that the pass under way goes on with; 0: none is under way. */
  readonly cursor: number;
  readonly damage?: Damage | undefined;
}

/** States of all trees, in a file that outlives a crash. */
export class ScrubStates {
  readonly #file: StateFile<Record<string, TreeState>>;
  readonly #states = new Map<DigestHex, TreeState>();

  /** @param path in a directory that exists */
  constructor(path: string) {
    this.#file = createStateFile(path);
  }

  /** Takes what an earlier run kept; what is damaged of it is left out. */
  async load(): Promise<void> {
    const value = await this.#file.read();
    if (typeof value !== 'object' || value === null) return;
    for (const [digest, state] of Object.entries(value))
      if (isDigestHex(digest) && isTreeState(state)) this.#states.set(digest, state);
  }

  get(digest: DigestHex): TreeState | undefined {
    return this.#states.get(digest);
  }

  entries(): Iterable<readonly [DigestHex, TreeState]> {
    return this.#states;
  }

  /** Resolves when it is durable. */
  async set(digest: DigestHex, state: TreeState): Promise<void> {
    this.#states.set(digest, state);
    await this.#save();
  }

  async delete(digest: DigestHex): Promise<void> {
    if (this.#states.delete(digest)) await this.#save();
  }

  #save(): Promise<void> {
    return this.#file.write(Object.fromEntries(this.#states));
  }
}

function isTreeState(value: unknown): value is TreeState {
  if (typeof value !== 'object' || value === null) return false;
  const { verifiedAt, dueAt, unchangedSince, cursor, damage } = value as Partial<
    Record<keyof TreeState, unknown>
  >;
  const numbers = [verifiedAt, dueAt, unchangedSince, cursor];
  return numbers.every((number) => Number.isFinite(number)) && (damage === undefined || isDamage(damage));
}

function isDamage(value: unknown): value is Damage {
  if (typeof value !== 'object' || value === null) return false;
  const { files, foundAt, errorCode, errorMessage } = value as Partial<Record<keyof Damage, unknown>>;
  return (
    Array.isArray(files) &&
    files.every((index) => Number.isSafeInteger(index)) &&
    Number.isFinite(foundAt) &&
    typeof errorCode === 'string' &&
    typeof errorMessage === 'string'
  );
}
