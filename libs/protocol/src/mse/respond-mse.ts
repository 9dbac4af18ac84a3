import type { WireInfoHash } from '../metainfo/info-hash.ts';
import { MAX_INITIAL_PAYLOAD, METHOD_BIT, MSE_KEY_LENGTH, VERIFICATION_LENGTH } from './constants.ts';
import type { Exchange } from './exchange.ts';
import { MseError } from './mse-error.ts';
import {
  chooseMethod,
  encodeMethods,
  type MseAgreement,
  type MseHandshakeInit,
  skipPast,
  takeDecrypted,
  takeLength,
  takeMethods,
} from './mse-handshake.ts';
import { createMseCipher, maskTorrentMark, syncMark } from './mse-keys.ts';

/** What the side that was dialled needs beyond that. */
export interface MseResponderInit extends MseHandshakeInit {
  /** The info-hash of a {@link torrentMark}; undefined when there is no such torrent. */
  readonly findTorrent: (mark: Uint8Array) => WireInfoHash | undefined;
}

const DIGEST_LENGTH = 20;

/**
 * The MSE handshake of the side that was dialled, from the first byte of the connection on.
 * @throws MseError
 */
export function* respondMse(init: MseResponderInit): Exchange<MseAgreement> {
  // A copy: ours are made from it.
  const theirKey = Uint8Array.from(yield MSE_KEY_LENGTH);
  const keys = init.createKeys();
  const secret = keys.secretWith(theirKey);
  init.send(Buffer.concat([keys.publicKey, init.pad]));
  yield* skipPast(syncMark(secret));
  const infoHash = init.findTorrent(maskTorrentMark(yield DIGEST_LENGTH, secret));
  if (infoHash === undefined) {
    throw new MseError('SHOAL_MSE_UNKNOWN_TORRENT', 'the peer asks for a torrent that is not here');
  }
  const decrypt = createMseCipher('initiator', secret, infoHash);
  const verification = yield* takeDecrypted(decrypt, VERIFICATION_LENGTH);
  if (verification.some((byte) => byte !== 0)) {
    throw new MseError('SHOAL_MSE_BAD_VERIFICATION', 'what was decrypted is not the verification constant');
  }
  const method = chooseMethod(yield* takeMethods(decrypt));
  const payloadLength = yield* takeLength(decrypt, 'initial payload', MAX_INITIAL_PAYLOAD);
  const encrypt = createMseCipher('responder', secret, infoHash);
  const answer = encodeMethods(method);
  encrypt.apply(answer, answer);
  init.send(answer);
  const payload = yield* takeDecrypted(decrypt, payloadLength);
  const ciphers = method === METHOD_BIT.rc4 ? { encrypt, decrypt } : undefined;
  return { infoHash, ciphers, payload };
}
