import { describe, expect, it } from 'vitest';
import { isSharedAddress } from './shared-address.ts';

describe('an address that hosts tell each other', () => {
  it.each(['10.1.2.3', '192.0.2.1', '223.255.255.255', '2001:db8::1', 'fd00::1'])('may be %s', (host) => {
    expect(isSharedAddress(host, '192.0.2.9')).toBe(true);
  });

  it.each(['0.0.0.0', '224.0.0.1', '255.255.255.255', '::', 'ff15::1', 'fe80::1', 'seeder.example', ''])(
    'is not %s',
    (host) => {
      expect(isSharedAddress(host, '192.0.2.9')).toBe(false);
      expect(isSharedAddress(host, '127.0.0.1')).toBe(false);
    },
  );

  it('is of loopback between ends of one host alone', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.1']) {
      expect(isSharedAddress(host, '127.0.0.1'), host).toBe(true);
      expect(isSharedAddress(host, '192.0.2.9'), host).toBe(false);
    }
  });
});
