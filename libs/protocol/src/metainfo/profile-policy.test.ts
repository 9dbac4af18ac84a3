import { describe, expect, it } from 'vitest';
import type { ManifestEntry } from '../manifest/manifest.ts';
import { chooseProfile, isPieceLengthOfProfile } from './profile-policy.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const GIB = 1024 * MIB;

const files = (count: number, length: number): ManifestEntry[] =>
  Array.from({ length: count }, (_, i) => ({ kind: 'file', path: [String(i)], length, executable: false }));
const choose = (entries: readonly ManifestEntry[]) => chooseProfile(entries, { private: true });

describe('chooseProfile', () => {
  it.each([
    [1, 64 * KIB],
    [64 * MIB, 64 * KIB],
    [64 * MIB + 1, 128 * KIB],
    [2 * GIB, 2 * MIB],
    [16 * GIB, 16 * MIB],
    [16 * GIB + 1, 16 * MIB],
    [2 ** 50, 16 * MIB],
  ])('cuts %d bytes into pieces of %d', (size, pieceLength) => {
    expect(choose(files(1, size)).pieceLength).toBe(pieceLength);
  });

  it('makes a hybrid while padding is at most a tenth', () => {
    expect(choose(files(10, 640 * KIB)).format).toBe('hybrid');
    expect(choose(files(10, 640 * KIB + 1)).format).toBe('hybrid');
    expect(choose(files(10, 640 * KIB - 32 * KIB)).format).toBe('hybrid');
    expect(choose(files(10, 64 * KIB + 1)).format).toBe('v2');
    expect(choose(files(30_000, 8 * KIB)).format).toBe('v2');
    expect(choose(files(1, 1)).format).toBe('hybrid');
  });

  it('makes v2 of more than 10,000 files', () => {
    expect(choose(files(10_000, 16 * MIB)).format).toBe('hybrid');
    expect(choose(files(10_001, 16 * MIB)).format).toBe('v2');
  });

  it('passes on what it does not decide', () => {
    expect(chooseProfile(files(1, 1), { private: false, source: 'team', format: 'v1' })).toEqual({
      version: 1,
      format: 'v1',
      pieceLength: 64 * KIB,
      private: false,
      source: 'team',
    });
    expect(choose(files(1, 1))).not.toHaveProperty('source');
  });
});

describe('isPieceLengthOfProfile', () => {
  it.each([
    [64 * KIB, true],
    [16 * MIB, true],
    [32 * KIB, false],
    [32 * MIB, false],
    [96 * KIB, false],
    [0, false],
    [1.5, false],
  ])('%d: %s', (pieceLength, fits) => {
    expect(isPieceLengthOfProfile(pieceLength)).toBe(fits);
  });
});
