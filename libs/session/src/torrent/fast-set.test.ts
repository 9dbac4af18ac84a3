import { allowedFastSet, wireInfoHash } from '@shoal/protocol';
import { describe, expect, it } from 'vitest';
import { ALLOWED_FAST_PIECES, PEER_ID_PREFIX } from '../constants.ts';
import { fastSetOf } from './fast-set.ts';

const KIB = 1024;
const infoHash = wireInfoHash(new Uint8Array(20).fill(0xaa));
const stock = { peerId: Buffer.from('-TR3000-abcdefghijkl'), infoHash, address: '80.4.4.200' };

describe('the pieces granted to a choked peer', () => {
  it('are those of its address, fewer of large pieces', () => {
    const small = fastSetOf(stock, { pieceCount: 1313, pieceLength: 64 * KIB });
    expect(small).toEqual(allowedFastSet(infoHash, Uint8Array.of(80, 4, 4, 200), 1313, ALLOWED_FAST_PIECES));
    expect(fastSetOf(stock, { pieceCount: 1313, pieceLength: 16 * KIB * KIB })).toHaveLength(1);
  });

  it('are none for our own kind, and for addresses that have no such set', () => {
    const ours = { ...stock, peerId: Buffer.from(`${PEER_ID_PREFIX}abcdefghijkl`) };
    const layout = { pieceCount: 1313, pieceLength: 64 * KIB };
    expect(fastSetOf(ours, layout)).toEqual([]);
    expect(fastSetOf({ ...stock, address: '2001:db8::1' }, layout)).toEqual([]);
    expect(fastSetOf({ ...stock, address: 'host.example' }, layout)).toEqual([]);
  });
});
