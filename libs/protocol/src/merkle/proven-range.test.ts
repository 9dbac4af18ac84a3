import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { MerkleLevels } from './merkle-levels.ts';
import { isProvenRange } from './proven-range.ts';

it.each([
  [2, 2, 2],
  [3, 4, 4],
  [11, 16, 2],
  [11, 16, 4],
])('%i hashes, %i wide, are proven in ranges of %i', (count, width, length) => {
  const nodes = Array.from({ length: count }, (_, index) => createHash('sha256').update(`${index}`).digest());
  const levels = new MerkleLevels(Buffer.concat(nodes), width, 3);
  const piecesRoot = levels.node(levels.height, 0);
  for (let index = 0; index < width; index += length) {
    const range = { piecesRoot, baseLayer: 3, index, length, proofLayers: levels.height - 1 };
    const hashes = Buffer.concat(levels.range(index, length, levels.height - 1)!);
    expect(isProvenRange(range, width, hashes)).toBe(true);
    for (let at = 0; at < hashes.length; at += 32) {
      const other = Buffer.from(hashes);
      other[at] = other[at]! ^ 1;
      expect(isProvenRange(range, width, other)).toBe(false);
    }
    expect(isProvenRange(range, width, hashes.subarray(32))).toBe(false);
    expect(isProvenRange(range, width, Buffer.concat([hashes, hashes]))).toBe(false);
    if (width > length && index === 0)
      expect(isProvenRange({ ...range, index: (index + length) % width }, width, hashes)).toBe(false);
    expect(isProvenRange({ ...range, index: index + 1 }, width, hashes)).toBe(false);
    expect(isProvenRange({ ...range, index: width }, width, hashes)).toBe(false);
  }
});
