import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeBencode } from '../bencode/encode.ts';
import type { BencodeValue } from '../bencode/value.ts';
import { wireInfoHash } from '../metainfo/info-hash.ts';
import { type AnnounceRequest, encodeAnnounceQuery, parseAnnounceQuery } from './announce-request.ts';
import {
  type AnnounceResponse,
  decodeAnnounceResponse,
  encodeAnnounceResponse,
} from './announce-response.ts';
import { encodeTrackerFailure } from './answer.ts';
import { TrackerWireError } from './tracker-error.ts';

const bytes20 = fc.uint8Array({ minLength: 20, maxLength: 20 });
const port = fc.integer({ min: 1, max: 65_535 });
const requests: fc.Arbitrary<AnnounceRequest> = fc.record(
  {
    infoHash: bytes20.map(wireInfoHash),
    peerId: bytes20,
    port,
    uploaded: fc.maxSafeNat(),
    downloaded: fc.maxSafeNat(),
    left: fc.maxSafeNat(),
    compact: fc.boolean(),
    noPeerId: fc.boolean(),
    event: fc.constantFrom('started', 'completed', 'stopped', 'paused'),
    numwant: fc.nat(),
    key: fc.stringMatching(/^[ -~]{1,12}$/),
    trackerId: fc.uint8Array({ maxLength: 12 }),
  },
  {
    requiredKeys: ['infoHash', 'peerId', 'port', 'uploaded', 'downloaded', 'left', 'compact', 'noPeerId'],
    noNullPrototype: true,
  },
);

const HASH = '%12%34%56%78%9a%bc%de%f1%23%45%67%89%ab%cd%ef%124Vx%9a';
const PEER_ID = '-lt20B0-abcdefghijkl';
const FIGURES = 'uploaded=0&downloaded=0&left=10';
const VALID = `info_hash=${HASH}&peer_id=${PEER_ID}&port=6881&${FIGURES}`;

function errorOf(act: () => unknown): TrackerWireError {
  try {
    act();
  } catch (error) {
    if (error instanceof TrackerWireError) return error;
    throw error;
  }
  throw new Error('no error was raised');
}

describe('announce query', () => {
  it('reads what it writes', () => {
    fc.assert(
      fc.property(requests, (request) => {
        const read = parseAnnounceQuery(encodeAnnounceQuery(request));
        expect(read).toStrictEqual(request);
      }),
    );
  });

  it('reads an announce as libtorrent sends it', () => {
    const query = `${VALID}&corrupt=0&key=A1B2C3D4&event=started&numwant=200&compact=1&no_peer_id=1&supportcrypto=1&redundant=0`;
    expect(parseAnnounceQuery(query)).toStrictEqual({
      infoHash: wireInfoHash(Uint8Array.from(Buffer.from('123456789abcdef123456789abcdef123456789a', 'hex'))),
      peerId: new Uint8Array(Buffer.from(PEER_ID)),
      port: 6881,
      uploaded: 0,
      downloaded: 0,
      left: 10,
      event: 'started',
      numwant: 200,
      compact: true,
      noPeerId: true,
      key: 'A1B2C3D4',
    });
  });

  it.each([2n ** 53n, 2n ** 63n - 1n, 2n ** 64n - 1n])(
    'takes %s bytes left for more than anybody knows',
    (left) => {
      const announce = parseAnnounceQuery(VALID.replace('left=10', `left=${String(left)}`));
      expect(announce.left).toBe(Number.MAX_SAFE_INTEGER);
    },
  );

  it('takes a plus sign as a plus sign', () => {
    const peerId = parseAnnounceQuery(VALID.replace('-lt20B0-', '-lt+B00-')).peerId;
    expect(Buffer.from(peerId).toString()).toBe('-lt+B00-abcdefghijkl');
  });

  it.each([
    ['a short info-hash', VALID.replace('%9a&', '&'), 'SHOAL_TRACKER_PARAMETER_INVALID', 'info_hash'],
    ['a long peer id', VALID.replace(PEER_ID, `${PEER_ID}x`), 'SHOAL_TRACKER_PARAMETER_INVALID', 'peer_id'],
    ['no info-hash', VALID.slice(VALID.indexOf('&')), 'SHOAL_TRACKER_PARAMETER_MISSING', 'info_hash'],
    ['no left', VALID.replace('&left=10', ''), 'SHOAL_TRACKER_PARAMETER_MISSING', 'left'],
    ['port 0', VALID.replace('6881', '0'), 'SHOAL_TRACKER_PARAMETER_INVALID', 'port'],
    ['port 65536', VALID.replace('6881', '65536'), 'SHOAL_TRACKER_PARAMETER_INVALID', 'port'],
    ['a port in hex', VALID.replace('6881', '0x1a'), 'SHOAL_TRACKER_PARAMETER_INVALID', 'port'],
    ['a negative left', VALID.replace('left=10', 'left=-1'), 'SHOAL_TRACKER_PARAMETER_INVALID', 'left'],
    [
      'left beyond 64 bits',
      VALID.replace('left=10', `left=${'9'.repeat(21)}`),
      'SHOAL_TRACKER_PARAMETER_INVALID',
      'left',
    ],
    ['a huge numwant', `${VALID}&numwant=99999999999`, 'SHOAL_TRACKER_PARAMETER_INVALID', 'numwant'],
    ['an unknown event', `${VALID}&event=resumed`, 'SHOAL_TRACKER_PARAMETER_INVALID', 'event'],
    ['two ports', `${VALID}&port=6882`, 'SHOAL_TRACKER_PARAMETER_DUPLICATE', 'port'],
    ['two info-hashes', `${VALID}&info_hash=${HASH}`, 'SHOAL_TRACKER_PARAMETER_DUPLICATE', 'info_hash'],
    ['a broken percent sign', `${VALID}&x=%4`, 'SHOAL_TRACKER_QUERY_ENCODING', undefined],
    ['a percent sign and no hex', `${VALID}&x=%zz`, 'SHOAL_TRACKER_QUERY_ENCODING', undefined],
    ['a character that is no byte', `${VALID}&x=\u4e2d`, 'SHOAL_TRACKER_QUERY_ENCODING', undefined],
    ['10,000 characters', `${VALID}&x=${'y'.repeat(10_000)}`, 'SHOAL_TRACKER_QUERY_TOO_LONG', undefined],
  ])('refuses %s', (_, query, code, parameter) => {
    expect(errorOf(() => parseAnnounceQuery(query))).toMatchObject({ code, parameter });
  });

  it('refuses every beginning of an announce that lacks a parameter, and nothing but with a typed error', () => {
    const complete = VALID.length - '10'.length + 1;
    for (let end = 0; end < complete; end += 1) {
      expect(errorOf(() => parseAnnounceQuery(VALID.slice(0, end))).code).toMatch(/^SHOAL_TRACKER_/);
    }
    expect(parseAnnounceQuery(VALID.slice(0, complete)).left).toBe(1);
  });

  it('answers any garbage with a typed error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (query) => {
        expect(errorOf(() => parseAnnounceQuery(query))).toBeInstanceOf(TrackerWireError);
      }),
    );
  });
});

const count = fc.nat({ max: 1_000_000 });
const hosts = fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::1:0:0:2', 'fe80::1', 'ff02::'));
const responses: fc.Arbitrary<AnnounceResponse> = fc.record(
  {
    interval: fc.integer({ min: 0, max: 604_800 }),
    minInterval: fc.integer({ min: 0, max: 604_800 }),
    trackerId: fc.uint8Array({ maxLength: 12 }),
    complete: count,
    incomplete: count,
    warning: fc.string(),
    peers: fc.array(fc.record({ host: hosts, port }, { noNullPrototype: true })),
  },
  { requiredKeys: ['interval', 'peers'], noNullPrototype: true },
);

function body(fields: Record<string, BencodeValue>): Uint8Array {
  return encodeBencode(new Map(Object.entries(fields)));
}

describe('announce response', () => {
  it('reads what it writes, in the dictionary form', () => {
    fc.assert(
      fc.property(responses, (response) => {
        const encoded = encodeAnnounceResponse(response, { compact: false, noPeerId: true });
        expect(decodeAnnounceResponse(encoded)).toStrictEqual(response);
      }),
    );
  });

  it('reads what it writes, packed: IPv4 peers first', () => {
    fc.assert(
      fc.property(responses, (response) => {
        const encoded = encodeAnnounceResponse(response, { compact: true, noPeerId: true });
        const isIpv6 = ({ host }: { host: string }): boolean => host.includes(':');
        const peers = [...response.peers.filter((peer) => !isIpv6(peer)), ...response.peers.filter(isIpv6)];
        expect(decodeAnnounceResponse(encoded)).toStrictEqual({ ...response, peers });
      }),
    );
  });

  it('packs addresses as BEP 23 and BEP 7 say', () => {
    const peers = [
      { host: '10.0.0.1', port: 6881 },
      { host: '::ffff:10.0.0.2', port: 1 },
      { host: '2001:db8::1', port: 65_535 },
      { host: 'a.host.name', port: 6881 },
    ];
    const encoded = encodeAnnounceResponse({ interval: 60, peers }, { compact: true, noPeerId: false });
    expect(Buffer.from(encoded).toString('hex')).toBe(
      Buffer.concat([
        Buffer.from('d8:intervali60e5:peers12:'),
        Buffer.from('0a0000011ae10a0000020001', 'hex'),
        Buffer.from('6:peers618:'),
        Buffer.from('20010db8000000000000000000000001ffff', 'hex'),
        Buffer.from('e'),
      ]).toString('hex'),
    );
  });

  it('gives peer ids in the dictionary form, unless the client wants none', () => {
    const response = {
      interval: 1,
      peers: [{ host: '10.0.0.1', port: 1, peerId: new Uint8Array(20).fill(65) }],
    };
    const full = encodeAnnounceResponse(response, { compact: false, noPeerId: false });
    expect(decodeAnnounceResponse(full)).toStrictEqual(response);
    const short = encodeAnnounceResponse(response, { compact: false, noPeerId: true });
    expect(decodeAnnounceResponse(short).peers).toStrictEqual([{ host: '10.0.0.1', port: 1 }]);
  });

  it('turns a refusal into an error with the words of the tracker', () => {
    const error = errorOf(() => decodeAnnounceResponse(encodeTrackerFailure('unknown info-hash')));
    expect(error).toMatchObject({ code: 'SHOAL_TRACKER_FAILURE', message: 'unknown info-hash' });
  });

  it('leaves out peers that nobody can reach, and those beyond 2,000', () => {
    const unreachable = Buffer.from('0a0000010000', 'hex');
    const reachable = Buffer.from('0a0000010001', 'hex');
    const peers = Buffer.concat([unreachable, ...Array.from({ length: 3_000 }, () => reachable)]);
    expect(decodeAnnounceResponse(body({ interval: 1n, peers })).peers).toHaveLength(2_000);
  });

  it('shortens an interval of years to a week', () => {
    expect(decodeAnnounceResponse(body({ interval: 2n ** 62n, peers: new Uint8Array() })).interval).toBe(
      604_800,
    );
  });

  it.each<[string, Uint8Array]>([
    ['HTML', Buffer.from('<html>404</html>')],
    ['a list', Buffer.from('le')],
    ['no interval', body({ peers: new Uint8Array() })],
    ['a negative interval', body({ interval: -1n })],
    ['an interval that is text', body({ interval: Buffer.from('60') })],
    ['half a packed peer', body({ interval: 1n, peers: new Uint8Array(9) })],
    ['half a packed IPv6 peer', body({ interval: 1n, peers6: new Uint8Array(12) })],
    ['peers that are a number', body({ interval: 1n, peers: 1n })],
    ['a peer without port', body({ interval: 1n, peers: [new Map([['ip', Buffer.from('10.0.0.1')]])] })],
    ['a peer that is text', body({ interval: 1n, peers: [Buffer.from('10.0.0.1')] })],
    ['more than 1 MiB', body({ interval: 1n, peers: new Uint8Array(6 * 200_000) })],
  ])('refuses %s', (_, answer) => {
    expect(errorOf(() => decodeAnnounceResponse(answer)).code).toBe('SHOAL_TRACKER_RESPONSE_INVALID');
  });

  it('refuses an answer cut short anywhere', () => {
    const whole = encodeAnnounceResponse(
      { interval: 60, complete: 1, peers: [{ host: '10.0.0.1', port: 1 }] },
      { compact: true, noPeerId: true },
    );
    for (let end = 0; end < whole.length; end += 1) {
      const error = errorOf(() => decodeAnnounceResponse(whole.subarray(0, end)));
      expect(error.code).toBe('SHOAL_TRACKER_RESPONSE_INVALID');
    }
  });
});
