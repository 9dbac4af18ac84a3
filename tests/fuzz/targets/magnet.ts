import { isDeepStrictEqual } from 'node:util';
import {
  BencodeError,
  BencodeFieldError,
  decodeMetadataMessage,
  encodeMetadataMessage,
  formatMagnet,
  MagnetError,
  METADATA_PIECE_SIZE,
  type MetadataMessage,
  parseMagnet,
  parseMetainfo,
} from '@shoal/protocol';
import { loadCorpus } from '../corpus.ts';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { weightOf } from '../engine/weight.ts';
import { check, unlessRefused } from './refusals.ts';

const PEERS = [
  { host: '192.0.2.1', port: 6881 },
  { host: '2001:db8::1', port: 51413 },
  { host: 'seeder.example', port: 1 },
];

/** A magnet link, as a user pastes it. */
export function magnetTarget(): FuzzTarget {
  const links = [...loadCorpus('metainfo').values()].map((bytes) => {
    const { infoHashV1, infoHashV2, name } = parseMetainfo(bytes);
    return formatMagnet({
      ...(infoHashV1 && { infoHashV1 }),
      ...(infoHashV2 && { infoHashV2 }),
      displayName: `${name} + söhne`,
      trackers: ['http://tracker.example/announce?a=b', 'udp://tracker.example:80'],
      peers: PEERS,
    });
  });
  return {
    name: 'magnet',
    covers: ['parseMagnet'],
    corpus: [...links, `magnet:?xt.1=urn:btih:${'MZXW6YTB'.repeat(4)}&tr.2=http://a`].map((link) =>
      Buffer.from(link),
    ),
    run(input) {
      const magnet = unlessRefused(() => parseMagnet(Buffer.from(input).toString('latin1')), MagnetError);
      if (magnet === undefined) return;
      check(weightOf(magnet) <= 4 * input.length + 256, 'more in it than came');
      check(isDeepStrictEqual(parseMagnet(formatMagnet(magnet)), magnet), 'written otherwise');
    },
  };
}

/** The payload of a ut_metadata message. */
export function metadataMessageTarget(): FuzzTarget {
  const data = new Uint8Array(METADATA_PIECE_SIZE).fill(7);
  const messages: readonly MetadataMessage[] = [
    { type: 'request', piece: 0 },
    { type: 'reject', piece: 3 },
    { type: 'data', piece: 1, totalSize: 2 * METADATA_PIECE_SIZE, data },
    { type: 'data', piece: 1, totalSize: METADATA_PIECE_SIZE + 5, data: data.subarray(0, 5) },
  ];
  return {
    name: 'metadata-message',
    covers: ['decodeMetadataMessage'],
    corpus: messages.map((message) => new Uint8Array(encodeMetadataMessage(message))),
    run(input) {
      const message = unlessRefused(() => decodeMetadataMessage(input), BencodeError, BencodeFieldError);
      if (message === undefined) return;
      check(message.type !== 'data' || message.data.length <= METADATA_PIECE_SIZE, 'data of no one piece');
      check(
        isDeepStrictEqual(decodeMetadataMessage(encodeMetadataMessage(message)), message),
        'encoded otherwise',
      );
    },
  };
}
