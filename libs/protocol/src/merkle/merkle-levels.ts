import { hash } from 'node:crypto';
import { HASH_LENGTH } from './constants.ts';
import { isPowerOfTwo } from './merkle-tree.ts';

/**
 * Every level of a perfect tree over `width` nodes, of which the first are given and the rest padding (see
 * `merkleRoot`), so that ranges of nodes can be told with the hashes that prove them (BEP 52). Holds what the given
 * nodes need: twice their size at most, whatever `width`.
 */
export class MerkleLevels {
  /** Packed nodes of each level, the given ones first; padding is left out. */
  readonly #levels: Uint8Array[];
  /** Padding node of each level. */
  readonly #padding: Uint8Array[];
  readonly #width: number;

  /**
   * @param nodes packed 32-byte nodes, 1 … `width`
   * @param height how far the nodes are above the leaves of their tree: padding nodes are roots of such subtrees
   * @throws RangeError as `merkleRoot` does
   */
  constructor(nodes: Uint8Array, width: number, height = 0) {
    const count = nodes.length / HASH_LENGTH;
    if (!isPowerOfTwo(width) || !Number.isInteger(count) || count < 1 || count > width) {
      throw new RangeError(`${String(nodes.length)} bytes of nodes for a tree ${String(width)} wide`);
    }
    this.#width = width;
    this.#levels = [nodes];
    this.#padding = [zeroRoot(height)];
    for (let rest = width; rest > 1; rest /= 2) this.#addLevel();
  }

  /** Levels above the given nodes; the root is at this height. */
  get height(): number {
    return this.#levels.length - 1;
  }

  /** A node, `level` above the given ones. */
  node(level: number, index: number): Uint8Array {
    const start = index * HASH_LENGTH;
    const nodes = this.#levels[level];
    if (nodes !== undefined && start < nodes.length) return nodes.subarray(start, start + HASH_LENGTH);
    return this.#padding[level] ?? new Uint8Array(HASH_LENGTH);
  }

  /**
   * Nodes of the given level, and the uncles that lead from their common ancestor to a node `proofLayers + 1` levels up:
   * what a `hashes` message holds (BEP 52).
   * @param length a power of two; `index` is a multiple of it, and the range lies within the width
   * @returns the hashes one by one; undefined when the range is not one of this tree
   */
  range(index: number, length: number, proofLayers: number): Uint8Array[] | undefined {
    const isRange = isPowerOfTwo(length) && index % length === 0 && index + length <= this.#width;
    if (!isRange || proofLayers > Math.max(0, this.height - 1)) return undefined;
    const hashes = Array.from({ length }, (_, offset) => this.node(0, index + offset));
    for (let level = Math.log2(length); level <= proofLayers && level < this.height; level += 1) {
      hashes.push(this.node(level, Math.floor(index / 2 ** level) ^ 1));
    }
    return hashes;
  }

  #addLevel(): void {
    const below = this.height;
    const count = Math.ceil((this.#levels[below]?.length ?? 0) / HASH_LENGTH / 2);
    const nodes = new Uint8Array(count * HASH_LENGTH);
    for (let index = 0; index < count; index += 1) {
      nodes.set(parent(this.node(below, 2 * index), this.node(below, 2 * index + 1)), index * HASH_LENGTH);
    }
    const padding = this.node(below, this.#width);
    this.#levels.push(nodes);
    this.#padding.push(parent(padding, padding));
  }
}

function zeroRoot(height: number): Uint8Array {
  let root: Uint8Array = new Uint8Array(HASH_LENGTH);
  for (let level = 0; level < height; level += 1) root = parent(root, root);
  return root;
}

function parent(left: Uint8Array, right: Uint8Array): Uint8Array {
  return hash('sha256', Buffer.concat([left, right]), 'buffer');
}
