import { describe, expect, it } from 'vitest';
import { parseAdvertisedAddress } from './advertised-address.ts';

const V4 = Uint8Array.of(192, 0, 2, 1);
const V6 = Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1);

describe('parseAdvertisedAddress', () => {
  it.each([
    ['192.0.2.1', V4, undefined],
    ['192.0.2.1:7431', V4, 7_431],
    ['::ffff:192.0.2.1', V4, undefined],
    ['2001:db8::1', V6, undefined],
    ['[2001:db8::1]', V6, undefined],
    ['[2001:db8::1]:65535', V6, 65_535],
  ])('reads %s', (text, address, port) => {
    expect(parseAdvertisedAddress(text)).toEqual({ address, port });
  });

  it.each([
    '',
    'host.example:7431',
    'localhost',
    '192.0.2.1:0',
    '192.0.2.1:65536',
    '192.0.2.1:',
    '192.0.2.256',
    '0.0.0.0:7431',
    '::',
    '239.1.2.3',
    'ff02::1',
    '192.0.2.1 ',
    'unix:/run/x',
  ])('refuses "%s"', (text) => {
    expect(() => parseAdvertisedAddress(text)).toThrow(
      expect.objectContaining({ code: 'SHOAL_FLEET_ADVERTISE_ADDRESS' }),
    );
  });
});
