import type { Random } from '@shoal/swarm';

/** What a graph policy knows of a host. Its number is its place in the list. */
export interface GraphHost {
  readonly zone: number;
  readonly isSeeder: boolean;
}

/** Two hosts that are connected, the lower number first. */
export type Edge = readonly [number, number];

/** Decides who is connected to whom. */
export interface GraphPolicy {
  /** Every pair at most once. */
  connect(hosts: readonly GraphHost[], random: Random): readonly Edge[];
}

/** Edges of a graph under construction. */
export class EdgeSet {
  readonly #known = new Set<number>();
  readonly #edges: Edge[] = [];
  readonly #size: number;

  /** @param size number of hosts */
  constructor(size: number) {
    this.#size = size;
  }

  get edges(): readonly Edge[] {
    return this.#edges;
  }

  /** Connects two hosts, unless they are or are the same. Returns whether it did. */
  add(a: number, b: number): boolean {
    const [low, high] = a < b ? [a, b] : [b, a];
    const key = low * this.#size + high;
    if (low === high || this.#known.has(key)) return false;
    this.#known.add(key);
    this.#edges.push([low, high]);
    return true;
  }
}
