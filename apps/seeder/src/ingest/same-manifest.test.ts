import type { ManifestEntry } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { sameManifest } from './same-manifest.ts';

const ROOT = new Uint8Array(32).fill(1);
const FILE = { kind: 'file', path: ['d', 'a'], length: 5, executable: false, piecesRoot: ROOT } as const;
const BARE = { kind: 'file', path: ['d', 'a'], length: 5, executable: false } as const;
const LINK = { kind: 'symlink', path: ['l'], target: ['d', 'a'] } as const;

describe('sameManifest', () => {
  it('takes copies for the same', () => {
    const copy = structuredClone([FILE, LINK]);
    expect(sameManifest([FILE, LINK], copy)).toBe(true);
    expect(sameManifest([BARE, LINK], [BARE, LINK])).toBe(true);
  });

  it.each<[string, ManifestEntry[]]>([
    ['another root', [{ ...FILE, piecesRoot: new Uint8Array(32).fill(2) }, LINK]],
    ['no root', [BARE, LINK]],
    ['another length', [{ ...FILE, length: 6 }, LINK]],
    ['another mode', [{ ...FILE, executable: true }, LINK]],
    ['another path', [{ ...FILE, path: ['d', 'b'] }, LINK]],
    ['another target', [FILE, { ...LINK, target: ['d'] }]],
    ['another kind', [FILE, { ...BARE, path: ['l'] }]],
    ['one entry less', [FILE]],
    ['one entry more', [FILE, LINK, { ...BARE, path: ['z'] }]],
  ])('tells %s', (_, other) => {
    expect(sameManifest([FILE, LINK], other)).toBe(false);
  });
});
