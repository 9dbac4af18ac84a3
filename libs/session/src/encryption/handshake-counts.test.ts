import { expect, it } from 'vitest';
import { HandshakeCounts } from './handshake-counts.ts';

it('counts how handshakes end, together with others in the same memory, and passes on what they give or throw', async () => {
  const main = new HandshakeCounts();
  const other = new HandshakeCounts(main.memory);
  expect(await main.during(() => Promise.resolve('stream'), ['accepted', 'refused'])).toBe('stream');
  const refusal = new Error('busy');
  const refused = other.during(() => Promise.reject(refusal), ['accepted', 'refused']);
  await expect(refused).rejects.toBe(refusal);
  await other.during(() => Promise.resolve(), ['made', 'failed']);
  expect(main.read()).toEqual({ accepted: 1, refused: 1, made: 1, failed: 0 });
});
