import { readUint32, view, writeUint32 } from '../bytes.ts';
import type { WireInfoHash } from '../metainfo/info-hash.ts';
import { METHOD_BIT, MSE_MAX_PAD, VERIFICATION_LENGTH } from './constants.ts';
import type { Exchange } from './exchange.ts';
import { MseError } from './mse-error.ts';
import type { MseKeyPair } from './mse-keys.ts';
import type { Rc4 } from './rc4.ts';

/** What both sides of an MSE handshake need. */
export interface MseHandshakeInit {
  /**
   * Makes our keys, just before they are needed: it costs a fifth of a millisecond.
   * @throws MseError SHOAL_MSE_BUSY
   */
  readonly createKeys: () => MseKeyPair;
  /** What follows our public key: up to MSE_MAX_PAD random bytes. */
  readonly pad: Uint8Array;
  readonly send: (bytes: Uint8Array) => void;
}

/** The ciphers of a connection. */
export interface MseCiphers {
  readonly encrypt: Rc4;
  readonly decrypt: Rc4;
}

/** What an MSE handshake has come to. */
export interface MseAgreement {
  readonly infoHash: WireInfoHash;
  /** For what is sent and received from now on; undefined when it is plain text. */
  readonly ciphers: MseCiphers | undefined;
  /** The first bytes that the peer sent after the handshake, decrypted. */
  readonly payload: Uint8Array;
}

/**
 * Passes over at most MSE_MAX_PAD bytes up to a mark, and the mark.
 * @throws MseError SHOAL_MSE_NO_SYNC
 */
export function* skipPast(mark: Uint8Array): Exchange<void> {
  const window = Uint8Array.from(yield mark.length);
  for (let skipped = 0; Buffer.compare(window, mark) !== 0; skipped += 1) {
    if (skipped === MSE_MAX_PAD) {
      throw new MseError('SHOAL_MSE_NO_SYNC', `no mark within ${MSE_MAX_PAD} bytes of padding`);
    }
    window.copyWithin(0, 1);
    window.set(yield 1, mark.length - 1);
  }
}

/** Takes `length` bytes, decrypted. */
export function* takeDecrypted(cipher: Rc4, length: number): Exchange<Uint8Array> {
  const bytes = Uint8Array.from(yield length);
  cipher.apply(bytes, bytes);
  return bytes;
}

/**
 * Takes a length of two bytes, of something that may have `max` bytes.
 * @throws MseError SHOAL_MSE_TOO_LONG
 */
export function* takeLength(cipher: Rc4, what: string, max: number): Exchange<number> {
  const length = view(yield* takeDecrypted(cipher, 2)).readUInt16BE();
  if (length > max) throw new MseError('SHOAL_MSE_TOO_LONG', `${what} of ${length} bytes`);
  return length;
}

/** Takes the methods that the peer offers, or the one that it chose, and passes over its padding. */
export function* takeMethods(cipher: Rc4): Exchange<number> {
  const methods = readUint32(yield* takeDecrypted(cipher, 4), 0);
  yield* takeDecrypted(cipher, yield* takeLength(cipher, 'padding', MSE_MAX_PAD));
  return methods;
}

/**
 * The method of several that is used: plain text where that is allowed, since it costs nothing.
 * @throws MseError SHOAL_MSE_NO_METHOD
 */
export function chooseMethod(methods: number): number {
  if ((methods & METHOD_BIT.plaintext) !== 0) return METHOD_BIT.plaintext;
  if ((methods & METHOD_BIT.rc4) !== 0) return METHOD_BIT.rc4;
  throw new MseError('SHOAL_MSE_NO_METHOD', `none of the methods 0x${methods.toString(16)} is known`);
}

/** The verification constant, methods, and the length of a padding that we do not send. */
export function encodeMethods(methods: number): Uint8Array {
  const bytes = new Uint8Array(VERIFICATION_LENGTH + 4 + 2);
  writeUint32(bytes, VERIFICATION_LENGTH, methods);
  return bytes;
}
