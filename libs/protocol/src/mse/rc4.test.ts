import { describe, expect, it } from 'vitest';
import { Rc4 } from './rc4.ts';

/** Keys of RFC 6229, and the 16 bytes of their key stream at each offset. */
const VECTORS: Readonly<Record<string, Readonly<Record<number, string>>>> = {
  '0102030405': {
    0: 'b2396305f03dc027ccc3524a0a1118a8',
    240: '28cb1132c96ce286421dcaadb8b69eae',
    1024: '30abbcc7c20b01609f23ee2d5f6bb7df',
    4096: 'ff25b58995996707e51fbdf08b34d875',
  },
  '0102030405060708090a0b0c0d0e0f10': {
    0: '9ac7cc9a609d1ef7b2932899cde41b97',
    240: '065902e4b620f6cc36c8589f66432f2b',
    1024: 'bdf0324e6083dcc6d3cedd3ca8c53c16',
    4096: 'a36a4c301ae8ac13610ccbc12256cacc',
  },
  '1ada31d5cf688221c109163908ebe51debb46227c6cc8b37641910833222772a': {
    0: 'dd5bcb0018e922d494759d7c395d02d3',
    240: 'af3e30f9c095045938151575c3fb9098',
    1024: '3477c7f764a41baceff90bf14f92b7cc',
    4096: '370b1c1fe655916d97fd0d47ca1d72b8',
  },
};

describe.each(Object.entries(VECTORS))('RC4 with the key %s', (key, stream) => {
  const bytes = Uint8Array.from(Buffer.from(key, 'hex'));

  it.each(Object.entries(stream))('has the key stream of RFC 6229 at offset %s', (offset, expected) => {
    const cipher = new Rc4(bytes);
    cipher.skip(Number(offset));
    const block = new Uint8Array(16);
    cipher.apply(block, block);
    expect(Buffer.from(block).toString('hex')).toBe(expected);
  });

  it('makes the same of a text in parts as of the whole, and the text of it again', () => {
    const text = Uint8Array.from({ length: 1_000 }, (_, index) => index & 0xff);
    const whole = new Uint8Array(1_000);
    new Rc4(bytes).apply(text, whole);
    const parts = Uint8Array.from(text);
    const cipher = new Rc4(bytes);
    for (const [start, end] of [
      [0, 1],
      [1, 1],
      [1, 300],
      [300, 1_000],
    ] as const) {
      cipher.apply(text.subarray(start, end), parts.subarray(start, end));
    }
    expect(parts).toEqual(whole);
    new Rc4(bytes).apply(whole, whole);
    expect(whole).toEqual(text);
  });
});
