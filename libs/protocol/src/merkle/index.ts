/**
 * What hashing threads need of this package, an entry point of its own (`@shoal/protocol/merkle`): a thread that loads all
 * of the package takes 4 MiB more (measured).
 */
export { BLOCK_SIZE } from '../wire/constants.ts';
export { HASH_LENGTH } from './constants.ts';
export { merkleRoot } from './merkle-tree.ts';
