import { describe, expect, it } from 'vitest';
import { wireInfoHash } from '../metainfo/info-hash.ts';
import { LSD_GROUPS, MAX_LSD_DATAGRAM, MAX_LSD_HASHES } from './constants.ts';
import { decodeLsdAnnounce, encodeLsdAnnounce } from './lsd-announce.ts';

const hash = (byte: number) => wireInfoHash(new Uint8Array(20).fill(byte));
const START = 'BT-SEARCH * HTTP/1.1\r\n';
const HASH_LINE = `Infohash: ${'ab'.repeat(20)}\r\n`;
const decode = (text: string) => decodeLsdAnnounce(Buffer.from(text, 'latin1'));

describe('an announce of local service discovery', () => {
  it('is laid out as BEP 14 says', () => {
    const announce = { infoHashes: [hash(0xab), hash(1)], port: 6_881, cookie: 'c0' };
    expect(Buffer.from(encodeLsdAnnounce(announce, LSD_GROUPS.ipv6)).toString()).toBe(
      `${START}Host: [ff15::efc0:988f]:6771\r\nPort: 6881\r\n${HASH_LINE}Infohash: ${'01'.repeat(20)}\r\n` +
        'cookie: c0\r\n\r\n\r\n',
    );
  });

  it('is read as it was written, and fits a datagram', () => {
    const infoHashes = Array.from({ length: MAX_LSD_HASHES }, (_, byte) => hash(byte));
    const announce = { infoHashes, port: 65_535, cookie: 'f'.repeat(16) };
    for (const group of Object.values(LSD_GROUPS)) {
      const datagram = encodeLsdAnnounce(announce, group);
      expect(datagram.length).toBeLessThanOrEqual(MAX_LSD_DATAGRAM);
      expect(decodeLsdAnnounce(datagram)).toEqual(announce);
    }
  });

  it('is read as other clients write it', () => {
    expect(decode(`${START}PORT:1\nINFOHASH:${'AB'.repeat(20)}\nx: y\nwithout a colon\n`)).toEqual({
      infoHashes: [hash(0xab)],
      port: 1,
    });
    // A hash of v2 in full, and a cookie that cannot be ours.
    const odd = `${START}Port: 1\r\n${HASH_LINE}Infohash: ${'ab'.repeat(32)}\r\ncookie: ${'c'.repeat(65)}\r\n`;
    expect(decode(odd)).toEqual({ infoHashes: [hash(0xab)], port: 1 });
  });

  it.each([
    ['nothing', ''],
    ['another request', `M-SEARCH * HTTP/1.1\r\nPort: 1\r\n${HASH_LINE}`],
    ['no info-hash', `${START}Port: 1\r\n`],
    ['no port', START + HASH_LINE],
    ['port 0', `${START}Port: 0\r\n${HASH_LINE}`],
    ['a port that there is not', `${START}Port: 65536\r\n${HASH_LINE}`],
  ])('is refused: %s', (_, text) => {
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'SHOAL_LSD_MALFORMED' }));
  });

  it.each([
    ['bytes', `${START}Port: 1\r\n${HASH_LINE}${'x'.repeat(MAX_LSD_DATAGRAM)}`],
    ['lines', `${START}Port: 1\r\n${HASH_LINE}${'\n'.repeat(100)}`],
    ['info-hashes', `${START}Port: 1\r\n${HASH_LINE.repeat(MAX_LSD_HASHES + 1)}`],
  ])('is refused: too many %s', (_, text) => {
    expect(() => decode(text)).toThrow(expect.objectContaining({ code: 'SHOAL_LSD_TOO_LONG' }));
  });
});
