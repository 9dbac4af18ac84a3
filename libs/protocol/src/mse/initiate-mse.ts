import type { WireInfoHash } from '../metainfo/info-hash.ts';
import { METHOD_BIT, MSE_KEY_LENGTH, type MseMethod, VERIFICATION_LENGTH } from './constants.ts';
import type { Exchange } from './exchange.ts';
import { MseError } from './mse-error.ts';
import {
  encodeMethods,
  type MseAgreement,
  type MseHandshakeInit,
  skipPast,
  takeMethods,
} from './mse-handshake.ts';
import { createMseCipher, maskTorrentMark, syncMark, torrentMark } from './mse-keys.ts';

/** What the side that dialled needs beyond that. */
export interface MseInitiatorInit extends MseHandshakeInit {
  readonly infoHash: WireInfoHash;
  /** What we offer for the connection after the handshake; the peer chooses. */
  readonly methods: readonly MseMethod[];
  /** What is sent along, before the peer has answered: our handshake. At most MAX_INITIAL_PAYLOAD bytes. */
  readonly payload: Uint8Array;
}

/**
 * The MSE handshake of the side that dialled.
 * @throws MseError
 */
export function* initiateMse(init: MseInitiatorInit): Exchange<MseAgreement> {
  const { infoHash, payload } = init;
  const offered = init.methods.reduce((bits, method) => bits | METHOD_BIT[method], 0);
  const keys = init.createKeys();
  init.send(Buffer.concat([keys.publicKey, init.pad]));
  const secret = keys.secretWith(yield MSE_KEY_LENGTH);
  const encrypt = createMseCipher('initiator', secret, infoHash);
  const decrypt = createMseCipher('responder', secret, infoHash);
  const payloadLength = Uint8Array.of(payload.length >> 8, payload.length);
  const offer = Buffer.concat([encodeMethods(offered), payloadLength, payload]);
  encrypt.apply(offer, offer);
  init.send(Buffer.concat([syncMark(secret), maskTorrentMark(torrentMark(infoHash), secret), offer]));
  const verification = new Uint8Array(VERIFICATION_LENGTH);
  decrypt.apply(verification, verification);
  yield* skipPast(verification);
  const method = yield* takeMethods(decrypt);
  const isOne = method === METHOD_BIT.plaintext || method === METHOD_BIT.rc4;
  if (!isOne || (method & offered) === 0) {
    throw new MseError('SHOAL_MSE_NO_METHOD', `the peer has chosen the methods 0x${method.toString(16)}`);
  }
  const ciphers = method === METHOD_BIT.rc4 ? { encrypt, decrypt } : undefined;
  return { infoHash, ciphers, payload: new Uint8Array() };
}
