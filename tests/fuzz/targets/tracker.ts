import {
  COMPACT_IPV4_LENGTH,
  COMPACT_IPV6_LENGTH,
  decodeAnnounceResponse,
  decodeCompactPeers,
  decodeScrapeResponse,
  decodeUdpAnnounceAnswer,
  decodeUdpConnectAnswer,
  encodeAnnounceQuery,
  encodeScrapeQuery,
  encodeScrapeResponse,
  formatIpAddress,
  parseAnnounceQuery,
  parseIpAddress,
  parseScrapeQuery,
  TrackerWireError,
  wireInfoHash,
} from '@shoal/protocol';
import { loadCorpus } from '../corpus.ts';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { weightOf } from '../engine/weight.ts';
import { check, unlessRefused } from './refusals.ts';

/** Most peers of one answer. */
const MAX_PEERS = 2_000;

const INFO_HASHES = [1, 2].map((byte) => wireInfoHash(new Uint8Array(20).fill(byte)));

/** The queries of announce and scrape, as they stand in a request's URL. */
export function queryTarget(): FuzzTarget {
  return {
    name: 'tracker-query',
    covers: ['parseAnnounceQuery', 'parseScrapeQuery'],
    corpus: [...loadCorpus('announce-queries').values(), Buffer.from(encodeScrapeQuery(INFO_HASHES))],
    run(input) {
      const query = Buffer.from(input).toString('latin1');
      const announce = unlessRefused(() => parseAnnounceQuery(query), TrackerWireError);
      const hashes = unlessRefused(() => parseScrapeQuery(query), TrackerWireError);
      check(weightOf(hashes) <= 2 * input.length + 16, 'more info-hashes than came');
      if (announce === undefined) return;
      check(weightOf(announce) <= 2 * input.length + 64, 'more in it than came');
      const again = parseAnnounceQuery(encodeAnnounceQuery(announce));
      check(JSON.stringify(again) === JSON.stringify(announce), 'encoded otherwise');
    },
  };
}

/** The bodies of answers to announce and scrape. */
export function answerTarget(): FuzzTarget {
  const figures = INFO_HASHES.map((infoHash) => ({ infoHash, complete: 1, incomplete: 2, downloaded: 3 }));
  return {
    name: 'tracker-answer',
    covers: ['decodeAnnounceResponse', 'decodeScrapeResponse'],
    corpus: [...loadCorpus('announce-responses').values(), encodeScrapeResponse(figures)],
    run(input) {
      const announce = unlessRefused(() => decodeAnnounceResponse(input), TrackerWireError);
      const scrape = unlessRefused(() => decodeScrapeResponse(input), TrackerWireError);
      check((announce?.peers.length ?? 0) <= MAX_PEERS, 'too many peers');
      for (const { port } of announce?.peers ?? []) check(port >= 1 && port <= 65_535, 'a port that is none');
      // The text of a packed IPv6 address is longer than the address.
      check(weightOf(announce) + weightOf(scrape) <= 8 * input.length + 64, 'more in it than came');
    },
  };
}

/** Datagrams of trackers, which come after their transaction id. */
export function udpAnswerTarget(): FuzzTarget {
  return {
    name: 'tracker-udp',
    covers: ['decodeUdpAnnounceAnswer', 'decodeUdpConnectAnswer'],
    corpus: [
      '0000000000000000' + '0102030405060708',
      '0000000100000000' + '000007080000000200000003' + '0a0000011ae1' + 'c0000201ffff',
      '0000000100000000' + '000007080000000200000003' + '20010db80000000000000000000000011ae1',
      '0000000300000000' + '676f2061776179',
    ].map((hex) => Buffer.from(hex, 'hex')),
    run(input) {
      const transactionId = input.length < 8 ? 0 : new DataView(input.buffer, input.byteOffset).getUint32(4);
      unlessRefused(() => decodeUdpConnectAnswer(input, transactionId), TrackerWireError);
      for (const size of [COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH] as const) {
        const announce = unlessRefused(
          () => decodeUdpAnnounceAnswer(input, transactionId, size),
          TrackerWireError,
        );
        check((announce?.peers.length ?? 0) <= MAX_PEERS, 'too many peers');
        check(weightOf(announce) <= 8 * input.length + 64, 'more in it than came');
      }
    },
  };
}

/** Packed peers, and addresses as text. */
export function addressTarget(): FuzzTarget {
  return {
    name: 'addresses',
    covers: ['decodeCompactPeers', 'parseIpAddress'],
    corpus: ['192.0.2.1', '2001:db8::ffff:1', '::ffff:192.0.2.1', '\xc0\0\x02\x01\x1a\xe1'].map((text) =>
      Buffer.from(text, 'latin1'),
    ),
    run(input) {
      for (const size of [COMPACT_IPV4_LENGTH, COMPACT_IPV6_LENGTH]) {
        for (const { host } of decodeCompactPeers(input, size, MAX_PEERS) ?? []) {
          check(parseIpAddress(host) !== undefined, `${host} is no address`);
        }
      }
      const address = parseIpAddress(Buffer.from(input).toString('latin1'));
      if (address === undefined) return;
      const again = parseIpAddress(formatIpAddress(address));
      check(again !== undefined && Buffer.compare(again, address) === 0, 'another address as text');
    },
  };
}
