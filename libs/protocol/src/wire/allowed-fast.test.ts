import { describe, expect, it } from 'vitest';
import { allowedFastSet } from './allowed-fast.ts';

const infoHash = new Uint8Array(20).fill(0xaa);
const address = Uint8Array.of(80, 4, 4, 200);

describe('allowedFastSet', () => {
  it('gives the sets that BEP 6 shows', () => {
    const seven = [1059, 431, 808, 1217, 287, 376, 1188];
    expect(allowedFastSet(infoHash, address, 1313, 7)).toEqual(seven);
    expect(allowedFastSet(infoHash, address, 1313, 9)).toEqual([...seven, 353, 508]);
  });

  it('gives all hosts of a network the same, and no more pieces than there are', () => {
    const neighbour = Uint8Array.of(80, 4, 4, 7);
    expect(allowedFastSet(infoHash, neighbour, 1313, 9)).toEqual(allowedFastSet(infoHash, address, 1313, 9));
    expect(allowedFastSet(infoHash, address, 3, 10).toSorted()).toEqual([0, 1, 2]);
    expect(allowedFastSet(infoHash, address, 0, 10)).toEqual([]);
  });
});
