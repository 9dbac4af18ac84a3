import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { METADATA_PIECE_SIZE } from './constants.ts';
import { decodeMetadataMessage, encodeMetadataMessage, metadataPieceSize } from './metadata-message.ts';

const text = (payload: Uint8Array): string => Buffer.from(payload).toString('latin1');

describe('a ut_metadata message', () => {
  it('is what the examples of BEP 9 show', () => {
    expect(text(encodeMetadataMessage({ type: 'request', piece: 0 }))).toBe('d8:msg_typei0e5:piecei0ee');
    expect(text(encodeMetadataMessage({ type: 'reject', piece: 0 }))).toBe('d8:msg_typei2e5:piecei0ee');
    const data = { type: 'data', piece: 0, totalSize: 3, data: Uint8Array.of(1, 2, 3) } as const;
    expect(text(encodeMetadataMessage(data))).toBe('d8:msg_typei1e5:piecei0e10:total_sizei3ee\x01\x02\x03');
  });

  it('is read back as it was written', () => {
    const message = fc.oneof(
      fc.record({ type: fc.constantFrom('request', 'reject'), piece: fc.nat() }),
      fc
        .record({ totalSize: fc.integer({ min: 1, max: 100_000 }), piece: fc.nat({ max: 6 }) })
        .filter(({ totalSize, piece }) => piece * METADATA_PIECE_SIZE < totalSize)
        .map(({ totalSize, piece }) => {
          const data = new Uint8Array(metadataPieceSize(piece, totalSize)).fill(piece);
          return { type: 'data' as const, piece, totalSize, data };
        }),
    );
    fc.assert(
      fc.property(message, (value) => {
        expect(decodeMetadataMessage(encodeMetadataMessage(value))).toEqual(value);
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('of an unknown type is none', () => {
    expect(decodeMetadataMessage(Buffer.from('d8:msg_typei3e5:piecei0ee'))).toBeUndefined();
    expect(decodeMetadataMessage(Buffer.from('d8:msg_typei4294967296ee'))).toBeUndefined();
  });

  it('is refused when data is not what its piece has', () => {
    const of = (piece: bigint, size: bigint, length: number) =>
      Buffer.from(`d8:msg_typei1e5:piecei${piece}e10:total_sizei${size}ee${'x'.repeat(length)}`);
    const refused = expect.objectContaining({ code: 'SHOAL_BENCODE_FIELD_RANGE' }) as Error;
    for (const bad of [
      of(0n, 3n, 4),
      of(1n, 3n, 3),
      of(0n, 4_294_967_296n, 3),
      of(0n, -1n, 0),
      of(4_294_967_296n, 3n, 3),
    ])
      expect(() => decodeMetadataMessage(bad)).toThrow(refused);
  });

  it('is refused with a typed error whatever the bytes are', () => {
    for (const bad of ['', 'i1e', 'd8:msg_typei1ee', 'd5:piecei0ee', `d1:a${'l'.repeat(9)}${'e'.repeat(9)}e`])
      expect(() => decodeMetadataMessage(Buffer.from(bad))).toThrow(ProtocolError);
    expect(() => decodeMetadataMessage(new Uint8Array(70_000))).toThrow(ProtocolError);
  });
});
