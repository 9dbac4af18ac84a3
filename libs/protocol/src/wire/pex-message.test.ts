import { describe, expect, it } from 'vitest';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeValue } from '../bencode/value.ts';
import { ProtocolError } from '../errors.ts';
import { MAX_OTHER_BODY, MAX_PEX_PEERS } from './constants.ts';
import { decodePexMessage, encodePexMessage, type PexPeer } from './pex-message.ts';

const PLAIN = { prefersEncryption: false, isSeed: false, isReachable: false };
const peer = (host: string, port: number, flags: Partial<PexPeer> = {}): PexPeer => ({
  host,
  port,
  ...PLAIN,
  ...flags,
});
const encoded = (...members: [string, BencodeValue][]) => encodeBencode(new Map(members));

describe('a ut_pex message', () => {
  it('is laid out as BEP 11 says', () => {
    const added = [peer('192.0.2.1', 0x1ae1, { isSeed: true, isReachable: true }), peer('2001:db8::1', 2)];
    const text = Buffer.from(encodePexMessage({ added, dropped: [{ host: '192.0.2.3', port: 4 }] })).toString(
      'latin1',
    );
    const ipv6 = `\x20\x01\x0d\xb8${'\0'.repeat(11)}\x01\0\x02`;
    expect(text).toBe(
      `d5:added6:\xc0\0\x02\x01\x1a\xe17:added.f1:\x126:added618:${ipv6}8:added6.f1:\0` +
        `7:dropped6:\xc0\0\x02\x03\0\x048:dropped60:e`,
    );
  });

  it('is read as it was written, whatever the families and flags', () => {
    const message = {
      added: [
        peer('192.0.2.1', 1, { isSeed: true }),
        peer('192.0.2.2', 65_535, { prefersEncryption: true }),
        peer('2001:db8::1', 3, { isReachable: true }),
      ],
      dropped: [
        { host: '192.0.2.9', port: 9 },
        { host: '2001:db8::9', port: 9 },
      ],
    };
    expect(decodePexMessage(encodePexMessage(message))).toEqual(message);
    expect(decodePexMessage(encodePexMessage({ added: [], dropped: [] }))).toEqual({
      added: [],
      dropped: [],
    });
    const named = { added: [peer('seeder.example', 1)], dropped: [] };
    expect(decodePexMessage(encodePexMessage(named)).added).toEqual([]);
  });

  it('may lack any member, and have others', () => {
    expect(decodePexMessage(encoded())).toEqual({ added: [], dropped: [] });
    expect(decodePexMessage(encoded(['x', [1n]]))).toEqual({ added: [], dropped: [] });
  });

  it('leaves out peers without a port, and gives the others their own flags', () => {
    const added = Uint8Array.of(192, 0, 2, 1, 0, 0, 192, 0, 2, 2, 0, 7);
    expect(decodePexMessage(encoded(['added', added], ['added.f', Uint8Array.of(0, 2)])).added).toEqual([
      peer('192.0.2.2', 7, { isSeed: true }),
    ]);
    // Flags that are not one for each.
    expect(decodePexMessage(encoded(['added', added], ['added.f', Uint8Array.of(2)])).added).toEqual([
      peer('192.0.2.2', 7),
    ]);
  });

  it('is read no further than so many peers', () => {
    const bytes = new Uint8Array(6 * (MAX_PEX_PEERS + 50)).fill(9);
    const ipv6 = new Uint8Array(18 * 50).fill(9);
    const { added, dropped } = decodePexMessage(
      encoded(['added', bytes], ['added6', ipv6], ['dropped', bytes]),
    );
    expect(added).toHaveLength(MAX_PEX_PEERS);
    expect(dropped).toHaveLength(MAX_PEX_PEERS);
  });

  it('is refused when it is malformed or too long', () => {
    const refused = [
      encoded(['added', new Uint8Array(7)]),
      encoded(['dropped6', new Uint8Array(6)]),
      encoded(['added', 5n]),
      Buffer.from('x'),
      encoded(['added', new Uint8Array(MAX_OTHER_BODY)]),
      encoded(['x', Array.from({ length: 65 }, () => 1n)]),
    ];
    for (const payload of refused) expect(() => decodePexMessage(payload)).toThrow(ProtocolError);
  });
});
