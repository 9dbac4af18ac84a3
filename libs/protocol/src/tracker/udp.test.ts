import { describe, expect, it } from 'vitest';
import { wireInfoHash } from '../metainfo/info-hash.ts';
import type { AnnounceRequest } from './announce-request.ts';
import { COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH } from './constants.ts';
import { decodeUdpAnnounceAnswer, decodeUdpConnectAnswer } from './udp-answer.ts';
import { encodeUdpAnnounce, encodeUdpConnect } from './udp-request.ts';

const TRANSACTION = 0xfe_dc_ba_98;

const REQUEST: AnnounceRequest = {
  infoHash: wireInfoHash(new Uint8Array(20).fill(0xaa)),
  peerId: new Uint8Array(20).fill(0xbb),
  port: 6881,
  uploaded: 3,
  downloaded: 1,
  left: 2 ** 40,
  compact: true,
  noPeerId: true,
};

/** Bytes by their hex digits; blanks mean nothing. */
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex.replaceAll(' ', ''), 'hex'));
const hexOf = (data: Uint8Array): string => Buffer.from(data).toString('hex');

describe('requests over UDP (BEP 15)', () => {
  it('asks for a connection id', () => {
    expect(hexOf(encodeUdpConnect(TRANSACTION))).toBe('0000041727101980' + '00000000' + 'fedcba98');
  });

  it('announces, with the fields at the places of BEP 15', () => {
    const init = { connectionId: 0x0102030405060708n, transactionId: TRANSACTION, key: 7, urlData: '' };
    expect(hexOf(encodeUdpAnnounce({ ...REQUEST, event: 'started' }, init))).toBe(
      ['0102030405060708', '00000001', 'fedcba98', 'aa'.repeat(20), 'bb'.repeat(20)].join('') +
        ['0000000000000001', '0000010000000000', '0000000000000003', '00000002'].join('') +
        ['00000000', '00000007', 'ffffffff', '1ae1'].join(''),
    );
  });

  it.each([
    [undefined, 0],
    ['completed', 1],
    ['started', 2],
    ['stopped', 3],
    ['paused', 0],
  ] as const)('tells the event %s as %i', (event, number) => {
    const request = event === undefined ? REQUEST : { ...REQUEST, event };
    const init = { connectionId: 0n, transactionId: 0, key: 0, urlData: '' };
    const datagram = encodeUdpAnnounce({ ...request, numwant: 50 }, init);
    const view = new DataView(datagram.buffer);
    expect([view.getUint32(80), view.getInt32(92)]).toEqual([number, 50]);
  });

  it('carries path and query of the URL in options of 255 bytes (BEP 41)', () => {
    const init = { connectionId: 0n, transactionId: 0, key: 0 };
    const urlData = `/announce?grant=${'x'.repeat(300)}`;
    const options = encodeUdpAnnounce(REQUEST, { ...init, urlData }).subarray(98);
    expect([options[0], options[1], options[257], options[258]]).toEqual([2, 255, 2, urlData.length - 255]);
    const text = Buffer.concat([options.subarray(2, 257), options.subarray(259)]).toString();
    expect(text).toBe(urlData);
  });
});

describe('answers over UDP (BEP 15)', () => {
  it('reads a connection id', () => {
    const answer = bytes('00000000 fedcba98 0102030405060708');
    expect(decodeUdpConnectAnswer(answer, TRANSACTION)).toBe(0x0102030405060708n);
  });

  it('reads figures and peers of IPv4, those without a port left out', () => {
    const answer = bytes('00000001 fedcba98 00000708 00000002 00000003 0a000001 1ae1 0a000002 0000');
    expect(decodeUdpAnnounceAnswer(answer, TRANSACTION, COMPACT_IPV4_LENGTH)).toEqual({
      interval: 1_800,
      incomplete: 2,
      complete: 3,
      peers: [{ host: '10.0.0.1', port: 6881 }],
    });
  });

  it('reads peers of IPv6, also of a datagram that is part of a buffer', () => {
    const header = '00000001 fedcba98 ffffffff 00000000 00000000';
    const answer = bytes(`ff ${header} 20010db8000000000000000000000001 1ae1`).subarray(1);
    const response = decodeUdpAnnounceAnswer(answer, TRANSACTION, COMPACT_IPV6_LENGTH);
    expect(response?.peers).toEqual([{ host: '2001:db8::1', port: 6881 }]);
    expect(response?.interval).toBe(7 * 24 * 3_600);
  });

  it.each(['', '00000000 fedcba', '00000000 00000000 0102030405060708', '00000003 00000000 6e6f'])(
    'passes over what answers something else: %s',
    (hex) => {
      expect(decodeUdpConnectAnswer(bytes(hex), TRANSACTION)).toBeUndefined();
      expect(decodeUdpAnnounceAnswer(bytes(hex), TRANSACTION, COMPACT_IPV4_LENGTH)).toBeUndefined();
    },
  );

  it("gives the tracker's own words when it refuses", () => {
    const answer = bytes('00000003 fedcba98 676f20617761 7900');
    const refusal = { code: 'SHOAL_TRACKER_FAILURE', message: 'go away' };
    expect(() => decodeUdpConnectAnswer(answer, TRANSACTION)).toThrow(expect.objectContaining(refusal));
  });

  it.each([
    ['of another kind', '00000001 fedcba98 00000708 00000002 00000003'],
    ['cut short', '00000000 fedcba98 01020304'],
  ])('refuses an answer %s', (_, hex) => {
    const refusal = { code: 'SHOAL_TRACKER_RESPONSE_INVALID' };
    expect(() => decodeUdpConnectAnswer(bytes(hex), TRANSACTION)).toThrow(expect.objectContaining(refusal));
  });

  it('refuses half a peer', () => {
    const answer = bytes('00000001 fedcba98 00000708 00000002 00000003 0a0000');
    const refusal = { code: 'SHOAL_TRACKER_RESPONSE_INVALID' };
    expect(() => decodeUdpAnnounceAnswer(answer, TRANSACTION, COMPACT_IPV4_LENGTH)).toThrow(
      expect.objectContaining(refusal),
    );
  });
});
