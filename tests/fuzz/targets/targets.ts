import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { bencodeTarget, infoTarget, manifestTarget, metainfoTarget } from './bencoded.ts';
import { magnetTarget, metadataMessageTarget } from './magnet.ts';
import { manifestMessagesTarget } from './manifest-messages.ts';
import { mseTarget } from './mse.ts';
import { lsdAnnounceTarget, pexMessageTarget } from './peer-sources.ts';
import { addressTarget, answerTarget, queryTarget, udpAnswerTarget } from './tracker.ts';
import { extensionHandshakeTarget, handshakeTarget, wantedMessageTarget, wireTarget } from './wire.ts';

/** Every decoder of bytes that come from others. */
export function createTargets(): FuzzTarget[] {
  return [
    bencodeTarget(),
    metainfoTarget(),
    infoTarget(),
    magnetTarget(),
    metadataMessageTarget(),
    manifestTarget(),
    manifestMessagesTarget(),
    wireTarget(),
    handshakeTarget(),
    mseTarget(),
    extensionHandshakeTarget(),
    pexMessageTarget(),
    wantedMessageTarget(),
    lsdAnnounceTarget(),
    queryTarget(),
    answerTarget(),
    udpAnswerTarget(),
    addressTarget(),
  ];
}
