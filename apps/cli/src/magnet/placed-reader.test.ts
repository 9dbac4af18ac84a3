import type { ContentReader } from '@shoal/fleet';
import { expect, it } from 'vitest';
import { placedReader } from './placed-reader.ts';

/** Gives out the numbers from `start` to `end`, one at a time, and then ends, or fails with `error`. */
function numbers(start: number, end: number, error?: Error): ContentReader {
  let position = start;
  return {
    async read() {
      if (position < end) return Uint8Array.of(position++);
      return error === undefined ? undefined : await Promise.reject(error);
    },
    close: () => undefined,
  };
}

const gone = new Error('ENOENT');

it('goes on in the place of a file that was moved while it was read, once all are moved', async () => {
  const placed = Promise.withResolvers<undefined>();
  const reader = placedReader(
    {
      ofTorrent: numbers(2, 5, gone),
      placing: () => placed.promise.then(() => undefined),
      inPlace: (start) => numbers(start, 7),
    },
    2,
  );
  const read: number[] = [];
  for (let count = 0; count < 3; count += 1) read.push(...((await reader.read()) ?? []));
  const next = reader.read();
  placed.resolve(undefined);
  for (let bytes = await next; bytes !== undefined; bytes = await reader.read()) read.push(...bytes);
  expect(read).toEqual([2, 3, 4, 5, 6]);
});

it('fails as the torrent does while nobody moves anything, and as the place does then', async () => {
  const never = { placing: () => undefined, inPlace: (start: number) => numbers(start, 7) };
  await expect(placedReader({ ofTorrent: numbers(0, 0, gone), ...never }, 0).read()).rejects.toBe(gone);
  const broken = new Error('EIO');
  const moved = { placing: () => Promise.resolve(), inPlace: () => numbers(0, 0, broken) };
  const reader = placedReader({ ofTorrent: numbers(0, 0, gone), ...moved }, 0);
  await expect(reader.read()).rejects.toBe(broken);
  await expect(reader.read()).rejects.toBe(broken);
});
