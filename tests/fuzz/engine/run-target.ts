import { createSeededRandom } from '@shoal/swarm';
import type { FuzzTarget } from './fuzz-target.ts';
import { minimise } from './minimise.ts';
import { mutate } from './mutate.ts';

/** Largest input, in bytes: what a quadratic decoder takes seconds for. */
const MAX_INPUT_BYTES = 128 * 1024;

/** CPU time that one input may take, in microseconds: some hundred times what the slowest takes, so that only a mistake meets it. */
const MAX_INPUT_CPU = 500_000;

/** An input that a target does not stand. */
export interface Finding {
  readonly target: string;
  /** Makes the input again, with the same corpus. */
  readonly seed: number;
  /** As small as it could be made. */
  readonly input: Uint8Array;
  readonly error: unknown;
}

/** What a run came to. */
export interface FuzzRun {
  readonly inputs: number;
  readonly finding: Finding | undefined;
}

/**
 * Runs the corpus as it is, then inputs made of it, until `isOver`. Input n is made from seed + n alone.
 * @param isOver asked before each input, with the number of inputs so far
 */
export function runTarget(target: FuzzTarget, seed: number, isOver: (inputs: number) => boolean): FuzzRun {
  for (const input of target.corpus) {
    const error = failureOf(target, input, seed);
    if (error !== undefined) return { inputs: 0, finding: findingOf(target, input, seed, error) };
  }
  let inputs = 0;
  for (; !isOver(inputs); inputs += 1) {
    const input = inputOf(target, seed + inputs);
    const error = failureOf(target, input, seed + inputs);
    if (error !== undefined) return { inputs, finding: findingOf(target, input, seed + inputs, error) };
  }
  return { inputs, finding: undefined };
}

/** The input that a target is fed for a seed. */
export function inputOf({ corpus }: FuzzTarget, seed: number): Uint8Array {
  const random = createSeededRandom(seed);
  const start = corpus[random.below(corpus.length)]!;
  return mutate(start, corpus, random, MAX_INPUT_BYTES);
}

function failureOf(target: FuzzTarget, input: Uint8Array, seed: number): unknown {
  const before = process.threadCpuUsage();
  try {
    target.run(input, createSeededRandom(seed));
  } catch (error) {
    return error ?? new Error('undefined was thrown');
  }
  const { user, system } = process.threadCpuUsage(before);
  if (user + system <= MAX_INPUT_CPU) return undefined;
  return new Error(`${input.length} bytes took ${user + system} µs of CPU`);
}

function findingOf(target: FuzzTarget, input: Uint8Array, seed: number, error: unknown): Finding {
  const smallest = minimise(input, (candidate) => failureOf(target, candidate, seed) !== undefined);
  return { target: target.name, seed, input: smallest, error: failureOf(target, smallest, seed) ?? error };
}
