import { describe, expect, it } from 'vitest';
import { parseIpAddress } from '../tracker/ip-address.ts';
import { crc32c } from './crc32c.ts';
import { type PeerEndpoint, peerPriority } from './peer-priority.ts';

function endpoint(host: string, port = 6881): PeerEndpoint {
  const address = parseIpAddress(host);
  if (address === undefined) throw new Error(host);
  return { address, port };
}

const ofHex = (hex: string): number => crc32c(Buffer.from(hex, 'hex'));

describe('crc32c', () => {
  it('gives the check value of the catalogue of CRCs', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe306_9283);
  });
});

describe('peerPriority', () => {
  it.each([
    ['98.76.54.32', 0xec2d_7224],
    ['123.213.32.234', 0x9956_8189],
  ])('agrees with the test vectors of BEP 40: 123.213.32.10 and %s', (other, expected) => {
    expect(peerPriority(endpoint('123.213.32.10'), endpoint(other, 80))).toBe(expected);
  });

  it.each([
    ['no /16 in common', '230.120.23.1', '230.12.123.3', 'e60c5101e6781501'],
    ['a /16 in common', '230.12.23.1', '230.12.123.3', 'e60c1701e60c7b01'],
    ['a /24 in common', '230.12.123.1', '230.12.123.3', 'e60c7b01e60c7b03'],
    [
      'no /48 in common',
      '2001:db8:0:ffff::1',
      '2001:db8:1:ffff::3',
      '20010db8000055550000000000000001' + '20010db8000155550000000000000001',
    ],
    [
      'a /48 in common',
      '2001:db8:1:ffff::3',
      '2001:db8:1:feff::3',
      '20010db80001fe550000000000000001' + '20010db80001ff550000000000000001',
    ],
    [
      'a /56 in common',
      '2001:db8:1:ffff:ffff::1',
      '2001:db8:1:fffe:ffff::1',
      '20010db80001fffe5555000000000001' + '20010db80001ffff5555000000000001',
    ],
  ])('masks addresses with %s', (_what, a, b, hashed) => {
    expect(peerPriority(endpoint(a), endpoint(b))).toBe(ofHex(hashed));
  });

  it('takes the ports where the addresses are the same', () => {
    const [a, b] = [endpoint('230.12.123.3', 0x4d2), endpoint('230.12.123.3', 0x12c)];
    expect(peerPriority(a, b)).toBe(ofHex('012c04d2'));
    expect(peerPriority(endpoint('::1', 0x4d2), endpoint('::1', 0x12c))).toBe(ofHex('012c04d2'));
  });

  it('is the same from both ends', () => {
    for (const [a, b] of [
      ['10.1.2.3', '10.1.2.4'],
      ['10.1.2.3', '10.200.2.4'],
      ['2001:db8::1', '2001:db8:ffff::7'],
    ] as const) {
      expect(peerPriority(endpoint(a, 1), endpoint(b, 2))).toBe(peerPriority(endpoint(b, 2), endpoint(a, 1)));
    }
  });
});
