import { describe, expect, it } from 'vitest';
import { wireInfoHash } from '../metainfo/info-hash.ts';
import { checkHandshakePrefix, decodeHandshake, encodeHandshake } from './handshake.ts';

const handshake = {
  infoHash: wireInfoHash(new Uint8Array(20).fill(1)),
  peerId: new Uint8Array(20).fill(2),
  extensions: true,
  fast: false,
  v2: true,
};

describe('handshake', () => {
  it('reads back what it wrote, each reserved bit by itself', () => {
    for (const bits of [
      { extensions: false, fast: false, v2: false },
      { extensions: true, fast: false, v2: false },
      { extensions: false, fast: true, v2: false },
      { extensions: false, fast: false, v2: true },
    ]) {
      expect(decodeHandshake(encodeHandshake({ ...handshake, ...bits }))).toEqual({ ...handshake, ...bits });
    }
  });

  it('puts the reserved bits where BEP 6, 10 and 52 want them', () => {
    const bytes = encodeHandshake({ ...handshake, fast: true });
    expect([...bytes.subarray(20, 28)]).toEqual([0, 0, 0, 0, 0, 0x10, 0, 0x14]);
    expect(Buffer.from(bytes.subarray(0, 20)).toString('latin1')).toBe('\x13BitTorrent protocol');
  });

  it('knows a stranger by its first wrong byte', () => {
    expect(() => checkHandshakePrefix(Buffer.from('GET / HTTP/1.1'))).toThrow(
      expect.objectContaining({ code: 'SHOAL_WIRE_NOT_BITTORRENT' }),
    );
    for (let length = 0; length <= 68; length += 1) {
      expect(() => checkHandshakePrefix(encodeHandshake(handshake).subarray(0, length))).not.toThrow();
    }
  });

  it('refuses another length', () => {
    expect(() => decodeHandshake(encodeHandshake(handshake).subarray(1))).toThrow(
      expect.objectContaining({ code: 'SHOAL_WIRE_BAD_LENGTH' }),
    );
  });
});
