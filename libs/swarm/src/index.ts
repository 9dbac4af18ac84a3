// environment
export type { Clock } from './clock.ts';
export { createSeededRandom } from './random.ts';
export type { Random } from './random.ts';
