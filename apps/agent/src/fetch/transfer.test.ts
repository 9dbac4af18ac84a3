import type { DigestHex, SwarmKey, SwarmMember, SwarmRecord } from '@shoal/fleet';
import { describe, expect, it } from 'vitest';
import { Transfer } from './transfer.ts';

const RECORD: SwarmRecord = {
  key: 'a'.repeat(40) as SwarmKey,
  namespace: 'default',
  name: 'web',
  version: '2',
  contentDigest: 'b'.repeat(64) as DigestHex,
  size: 1_000,
  grant: '',
  grantedAt: 0,
  grantExpiresAt: 0,
  trackerEndpoints: [],
};

/** Prepares until it is called off. */
function untilCalledOff(_: Transfer, signal: AbortSignal): Promise<SwarmMember> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error));
  });
}

describe('Transfer', () => {
  it('reports what was reused before it has joined', async () => {
    const transfer = new Transfer(RECORD, 5_000, untilCalledOff);
    transfer.bytesReused = 400;
    expect(transfer.report(5_250)).toMatchObject({
      bytesDone: 400n,
      bytesTotal: 1_000n,
      bytesReused: 400n,
      bytesFromSeeders: 0n,
      elapsedMillis: 250n,
    });
    await transfer.callOff();
  });

  it('ends its preparations when it is called off, and waits until they are over', async () => {
    let isOver = false;
    const transfer = new Transfer(RECORD, 0, async (self, signal) => {
      try {
        return await untilCalledOff(self, signal);
      } finally {
        await Promise.resolve();
        isOver = true;
      }
    });
    const joined = expect(transfer.joined()).rejects.toMatchObject({ name: 'AbortError' });
    await transfer.callOff();
    expect(isOver).toBe(true);
    await joined;
  });

  it('fails with what its preparations fail with, and can be called off all the same', async () => {
    const failure = new Error('disk full');
    const transfer = new Transfer(RECORD, 0, () => Promise.reject(failure));
    await expect(transfer.joined()).rejects.toBe(failure);
    await transfer.callOff();
  });
});
