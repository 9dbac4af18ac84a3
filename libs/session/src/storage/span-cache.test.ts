import { describe, expect, it } from 'vitest';
import { SPAN_BYTES } from './constants.ts';
import { SpanCache } from './span-cache.ts';

const CAPACITY = SPAN_BYTES;

/** Reads the span of a key, whose bytes are all `value`; gives what memory it lay in. */
async function read(cache: SpanCache, key: string, length: number, value: number): Promise<ArrayBufferLike> {
  const { bytes, release } = await cache.lend(key, length, (target) => {
    expect(target.length).toBe(length);
    target.fill(value);
    return Promise.resolve();
  });
  expect([bytes[0], bytes.at(-1)]).toEqual([value, value]);
  release();
  return bytes.buffer;
}

describe('SpanCache', () => {
  it.each([4_096, 8_192, 70_000, SPAN_BYTES])(
    'reads spans of %d bytes in a bounded number of buffers',
    async (length) => {
      const cache = new SpanCache(CAPACITY);
      const memory = new Set<ArrayBufferLike>();
      let bytes = 0;
      for (let key = 0; key < 300; key += 1) {
        const buffer = await read(cache, String(key), length, key & 0xff);
        if (!memory.has(buffer)) bytes += buffer.byteLength;
        memory.add(buffer);
      }
      expect(bytes).toBeLessThanOrEqual(CAPACITY);
    },
  );

  it('does not use the memory of a span again before it is given back', async () => {
    const cache = new SpanCache(SPAN_BYTES);
    const held = await cache.lend('held', SPAN_BYTES, (target) => Promise.resolve(void target.fill(1)));
    for (let key = 0; key < 20; key += 1) await read(cache, String(key), SPAN_BYTES, 2);
    expect([held.bytes[0], held.bytes.at(-1)]).toEqual([1, 1]);
    held.release();
  });
});
