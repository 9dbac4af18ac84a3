import type { ContentReader } from '@shoal/fleet';
import { systemClock } from '@shoal/service';
import { ReaderError, type ReaderErrorCode } from '@shoal/session';
import { describe, expect, it } from 'vitest';
import { MovingReader } from './moving-reader.ts';

const BYTES = Uint8Array.from({ length: 10 }, (_, at) => at);

/** What is found at each look for the bytes, from a position on: some of them and then an error; `undefined`: nothing. */
type Place = { readonly count: number; readonly then: Error } | undefined;

function readerOf(places: readonly Place[], timeoutMs = 10_000) {
  const looked: number[] = [];
  const closed: number[] = [];
  const open = ({ start }: { readonly start: number }): Promise<ContentReader | undefined> => {
    const at = looked.push(start) - 1;
    const place = at < places.length ? places[at] : { count: BYTES.length, then: new Error('too far') };
    if (place === undefined) return Promise.resolve(undefined);
    let position = start;
    const read = async (): Promise<Uint8Array | undefined> => {
      if (position >= BYTES.length) return undefined;
      if (position >= start + place.count) return await Promise.reject(place.then);
      position += 1;
      return BYTES.subarray(position - 1, position);
    };
    return Promise.resolve({ read, close: () => void closed.push(at) });
  };
  const reader = new MovingReader({ clock: systemClock, open }, { start: 0, end: BYTES.length, timeoutMs });
  return { reader, looked, closed };
}

async function readAll(reader: ContentReader): Promise<number[]> {
  const all: number[] = [];
  for (let bytes = await reader.read(); bytes !== undefined; bytes = await reader.read()) all.push(...bytes);
  return all;
}

const failure = (code: ReaderErrorCode): ReaderError => new ReaderError(code, code, 'none');
const gone = Object.assign(new Error('closed'), { code: 'SHOAL_TORRENT_CLOSED' });

describe('a reader of a file that moves', () => {
  it('goes on where it was when its torrent ends, and closes what it has left', async () => {
    const wait = failure('SHOAL_READER_NOT_WANTED');
    const { reader, looked, closed } = readerOf([
      undefined,
      { count: 3, then: gone },
      { count: 0, then: wait },
      { count: 4, then: gone },
    ]);
    expect(await readAll(reader)).toEqual([...BYTES]);
    expect(looked).toEqual([0, 0, 3, 3, 7]);
    reader.close();
    expect(closed).toEqual([1, 2, 3, 4]);
  });

  it('fails as the place does otherwise, and when the bytes are nowhere for too long', async () => {
    const broken = new Error('disk');
    const { reader } = readerOf([{ count: 1, then: broken }]);
    expect(await reader.read()).toEqual(BYTES.subarray(0, 1));
    await expect(reader.read()).rejects.toBe(broken);
    const nowhere = readerOf([undefined, undefined], 0);
    await expect(nowhere.reader.read()).rejects.toMatchObject({ code: 'SHOAL_READER_TIMEOUT' });
  });

  it('stops to look when it is closed', async () => {
    const { reader, looked } = readerOf(Array.from({ length: 1_000 }, () => undefined));
    const reading = reader.read();
    reader.close();
    expect(await reading).toBeUndefined();
    expect(looked.length).toBeLessThan(3);
  });
});
