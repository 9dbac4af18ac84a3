import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../errors.ts';
import { decodeExtensionHandshake, encodeExtensionHandshake } from './extension-handshake.ts';

describe('extension handshake', () => {
  it('reads back what it wrote', () => {
    const full = {
      extensions: new Map([
        ['ut_metadata', 2],
        ['ut_pex', 1],
      ]),
      client: 'Shoal 1.2.3',
      port: 6881,
      requestQueue: 512,
      metadataSize: 31_235,
      uploadOnly: true,
      shoalClass: 'seeder',
      shoalZone: 'eu-west-1a',
      shoalRack: 'r17',
    };
    expect(decodeExtensionHandshake(encodeExtensionHandshake(full))).toEqual(full);
    expect(decodeExtensionHandshake(encodeExtensionHandshake({ extensions: new Map() }))).toEqual({
      extensions: new Map(),
    });
  });

  it('takes fields of a wrong type or range as absent', () => {
    const payload = Buffer.from(
      'd1:md4:goodi3e3:offi0e4:text1:xe1:pi70000e4:reqqi0e11:upload_only1:11:vi1ee',
    );
    expect(decodeExtensionHandshake(payload)).toEqual({ extensions: new Map([['good', 3]]) });
    expect(decodeExtensionHandshake(Buffer.from('d1:mi1ee'))).toEqual({ extensions: new Map() });
  });

  it('cuts long texts', () => {
    const payload = encodeExtensionHandshake({ extensions: new Map(), client: 'x'.repeat(5_000) });
    expect(decodeExtensionHandshake(payload).client).toHaveLength(64);
  });

  it('answers garbage with a typed error', () => {
    for (const bad of ['', 'le', 'i1e', 'd1:a', `d1:m${'l'.repeat(50)}${'e'.repeat(50)}e`]) {
      expect(() => decodeExtensionHandshake(Buffer.from(bad))).toThrow(ProtocolError);
    }
    expect(() => decodeExtensionHandshake(Buffer.from(`d1:v20000:${'x'.repeat(20_000)}e`))).toThrow(
      ProtocolError,
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (payload) => {
        try {
          decodeExtensionHandshake(payload);
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
        }
      }),
      { seed: 3, numRuns: 1_000 },
    );
  });
});
