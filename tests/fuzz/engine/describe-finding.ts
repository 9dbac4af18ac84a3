import { inspect } from 'node:util';
import type { Finding } from './run-target.ts';

/** Bytes of an input that are shown, at most. */
const SHOWN_BYTES = 512;

/** A finding as text: what happened, how to make it again, and the smallest input. */
export function describeFinding({ target, seed, input, error }: Finding): string {
  const shown = Buffer.from(input).subarray(0, SHOWN_BYTES);
  const rest = input.length > shown.length ? ` and ${input.length - shown.length} more` : '';
  return [
    `${target}: ${inspect(error)}`,
    `again: npm run fuzz -- --target ${target} --seed ${seed} --inputs 1`,
    `smallest input, ${input.length} bytes: ${shown.toString('hex')}${rest}`,
    `as text: ${JSON.stringify(shown.toString('latin1'))}`,
  ].join('\n');
}
