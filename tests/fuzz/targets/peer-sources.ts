import { isDeepStrictEqual } from 'node:util';
import {
  BencodeError,
  BencodeFieldError,
  decodeLsdAnnounce,
  decodePexMessage,
  encodeLsdAnnounce,
  encodePexMessage,
  LSD_GROUPS,
  LsdError,
  MAX_LSD_HASHES,
  MAX_PEX_PEERS,
  type PexPeer,
  wireInfoHash,
} from '@shoal/protocol';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { weightOf } from '../engine/weight.ts';
import { check, unlessRefused } from './refusals.ts';

const HASHES = [1, 0xab].map((byte) => wireInfoHash(new Uint8Array(20).fill(byte)));

/** The payload of a ut_pex message. */
export function pexMessageTarget(): FuzzTarget {
  const peer = (host: string, isSeed: boolean): PexPeer => ({
    host,
    port: 6881,
    isSeed,
    prefersEncryption: !isSeed,
    isReachable: isSeed,
  });
  const added = [peer('192.0.2.1', true), peer('192.0.2.2', false), peer('2001:db8::1', true)];
  return {
    name: 'pex-message',
    covers: ['decodePexMessage'],
    corpus: [
      { added, dropped: [] },
      { added: [], dropped: added },
      { added: Array.from({ length: 60 }, (_, at) => peer(`192.0.2.${at}`, at % 2 === 0)), dropped: added },
    ].map((message) => new Uint8Array(encodePexMessage(message))),
    run(input) {
      const message = unlessRefused(() => decodePexMessage(input), BencodeError, BencodeFieldError);
      if (message === undefined) return;
      const most = Math.min(MAX_PEX_PEERS, input.length / 6);
      check(message.added.length <= most && message.dropped.length <= most, 'more peers than came');
      check(
        [...message.added, ...message.dropped].every(({ port }) => port > 0 && port <= 65_535),
        'a peer without a port',
      );
      decodePexMessage(encodePexMessage(message));
    },
  };
}

/** A datagram of the local network. */
export function lsdAnnounceTarget(): FuzzTarget {
  const announces = [
    { infoHashes: HASHES, port: 6881, cookie: 'c0ffee' },
    { infoHashes: HASHES.slice(1), port: 1 },
  ];
  return {
    name: 'lsd-announce',
    covers: ['decodeLsdAnnounce'],
    corpus: announces.flatMap((announce) =>
      Object.values(LSD_GROUPS).map((group) => new Uint8Array(encodeLsdAnnounce(announce, group))),
    ),
    run(input) {
      const announce = unlessRefused(() => decodeLsdAnnounce(input), LsdError);
      if (announce === undefined) return;
      check(announce.infoHashes.length <= MAX_LSD_HASHES, 'more info-hashes than an announce has');
      check(weightOf(announce) <= 2 * input.length + 64, 'more in it than came');
      const again = decodeLsdAnnounce(encodeLsdAnnounce(announce, LSD_GROUPS.ipv4));
      check(isDeepStrictEqual(again, announce), 'encoded otherwise');
    },
  };
}
