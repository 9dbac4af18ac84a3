import { describe, expect, it } from 'vitest';
import { WriterLease } from './writer-lease.ts';

/** Work that goes on until its signal fires. */
function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('WriterLease', () => {
  it('gives the newest writer its turn once the one before has ended', async () => {
    const lease = new WriterLease();
    const order: string[] = [];
    const began = Promise.withResolvers<undefined>();
    const old = lease.hold(async (signal) => {
      began.resolve(undefined);
      await untilAborted(signal).finally(() => order.push('old ended'));
    });
    await began.promise;
    const taken = expect(old).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_TAKEN_OVER' });
    const fresh = lease.hold(() => Promise.resolve(order.push('fresh ran')));
    await taken;
    await fresh;
    expect(order).toEqual(['old ended', 'fresh ran']);
    expect(lease.taken).toBe(false);
  });

  it('lets only the last of several newcomers work', async () => {
    const lease = new WriterLease();
    const first = lease.hold(untilAborted);
    const second = lease.hold(() => Promise.resolve('second'));
    const third = lease.hold(() => Promise.resolve('third'));
    await expect(first).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_TAKEN_OVER' });
    await expect(second).rejects.toMatchObject({ code: 'SHOAL_UPLOAD_TAKEN_OVER' });
    expect(await third).toBe('third');
  });

  it('ends the writer when released, with the reason', async () => {
    const lease = new WriterLease();
    const writer = lease.hold(untilAborted);
    const ended = expect(writer).rejects.toThrow('stopping');
    await lease.release(new Error('stopping'));
    await ended;
    expect(lease.taken).toBe(false);
  });
});
