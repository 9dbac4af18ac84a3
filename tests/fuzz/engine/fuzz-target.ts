import type { Random } from '@shoal/swarm';

/** Something that takes bytes from strangers. */
export interface FuzzTarget {
  /** As `--target` takes it. */
  readonly name: string;
  /** Exports of `@shoal/protocol` that it calls. */
  readonly covers: readonly string[];
  /** What inputs are made of: recorded ones. */
  readonly corpus: readonly Uint8Array[];
  /**
   * Feeds it one input. What it refuses in the way it promises is no failure.
   * @param random for what is not in the input, such as where a stream is cut into chunks
   * @throws whatever it must not: that is a finding
   */
  readonly run: (input: Uint8Array, random: Random) => void;
}
