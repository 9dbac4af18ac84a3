import { Bitfield } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { NO_ACCOUNTS } from '../accounts/accounts.ts';
import { RESUME_INTERVAL } from '../constants.ts';
import { ResumeKeeper } from './resume-keeper.ts';

const NO_BOOKS = { fetch: NO_ACCOUNTS, lifetime: NO_ACCOUNTS };

/** A keeper whose file takes as long to write as the test lets it. */
function createKeeper() {
  const writes: { readonly isDurable: boolean; readonly finish: () => void }[] = [];
  const figures = { active: 0, mostActive: 0 };
  const errors: unknown[] = [];
  const file = {
    async write(_state: unknown, isDurable: boolean): Promise<void> {
      figures.active += 1;
      figures.mostActive = Math.max(figures.mostActive, figures.active);
      await new Promise<void>((finish) => writes.push({ isDurable, finish }));
      figures.active -= 1;
    },
  };
  const keeper = new ResumeKeeper(
    {
      clock: { now: () => 0 },
      file,
      store: { sync: () => Promise.resolve() },
      peers: () => [],
      books: () => NO_BOOKS,
      onError: (e) => errors.push(e),
    },
    Bitfield.none(8),
    Bitfield.none(8),
  );
  return { keeper, writes, figures, errors };
}

/** Lets everything run that waits for nothing but promises. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('ResumeKeeper', () => {
  it('writes one file at a time, whoever asks: ticks, a completion and a close at once', async () => {
    const { keeper, writes, figures, errors } = createKeeper();
    keeper.onPiece(1);
    keeper.tick(0);
    const flushes = [keeper.flush(), keeper.flush()];
    for (let turn = 0; turn < 5; turn++) {
      keeper.onPiece(1);
      keeper.tick(turn);
      await settle();
      writes.shift()?.finish();
      await settle();
      keeper.tick(turn);
    }
    await Promise.all(flushes);
    expect(figures.mostActive).toBe(1);
    expect(errors).toEqual([]);
  });

  it('writes at a tick what was written, and after an interval what is durable', async () => {
    const { keeper, writes } = createKeeper();
    keeper.tick(0);
    await settle();
    expect(writes).toEqual([]);
    keeper.onPiece(1);
    keeper.tick(1);
    await settle();
    expect(writes.map(({ isDurable }) => isDurable)).toEqual([false]);
    writes.shift()?.finish();
    await settle();
    keeper.tick(RESUME_INTERVAL);
    await settle();
    expect(writes.map(({ isDurable }) => isDurable)).toEqual([true]);
    writes.shift()?.finish();
  });

  it('tells the one who flushes of a failure, and goes on after it', async () => {
    const failing = { write: () => Promise.reject(new Error('no space')) };
    const keeper = new ResumeKeeper(
      {
        clock: { now: () => 0 },
        file: failing,
        store: { sync: () => Promise.resolve() },
        peers: () => [],
        books: () => NO_BOOKS,
        onError: () => undefined,
      },
      Bitfield.none(8),
      Bitfield.none(8),
    );
    await expect(keeper.flush()).rejects.toThrow('no space');
    await expect(keeper.flush()).rejects.toThrow('no space');
  });
});
