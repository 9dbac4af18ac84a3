import { describe, expect, it } from 'vitest';
import type { ChokerCandidate } from './choker-policy.ts';
import type { PeerHandle } from './core-sink.ts';
import { createDebtChoker } from './debt-choker-policy.ts';

const MIB = 1024 * 1024;

function candidate(handle: number, sent: { uploaded: number; downloaded: number }): ChokerCandidate {
  return {
    handle: handle as PeerHandle,
    isUnchoked: false,
    unchokedAt: 0,
    downloadRate: 0,
    uploadRate: 0,
    isSnubbed: false,
    ...sent,
  };
}

describe('the choker that sends to the least in debt', () => {
  const generous = candidate(1, { uploaded: 5 * MIB, downloaded: 9 * MIB });
  const even = candidate(2, { uploaded: 20 * MIB, downloaded: 20 * MIB });
  const newcomer = candidate(3, { uploaded: 0, downloaded: 0 });
  const debtor = candidate(4, { uploaded: 6 * MIB, downloaded: 4 * MIB });
  const freeRider = candidate(5, { uploaded: 3 * MIB, downloaded: 0 });
  const all = [freeRider, debtor, newcomer, even, generous];

  it('gives the slots to those who had least for what they gave', () => {
    expect(createDebtChoker().choose(all, 3, 0)).toEqual([1, 3, 2]);
  });

  it('leaves free riders the slots that nobody else wants', () => {
    expect(createDebtChoker().choose(all, 4, 0)).not.toContain(freeRider.handle);
    expect(createDebtChoker().choose(all, 5, 0)).toContain(freeRider.handle);
    expect(createDebtChoker().choose([freeRider], 5, 0)).toEqual([freeRider.handle]);
  });

  it('leaves slots where they are among equals', () => {
    const unchoked = { ...newcomer, handle: 6 as PeerHandle, isUnchoked: true };
    expect(createDebtChoker().choose([newcomer, even, unchoked], 1, 0)).toEqual([6]);
  });
});
