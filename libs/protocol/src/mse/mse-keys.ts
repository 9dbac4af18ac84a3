import { hash } from 'node:crypto';
import { DISCARDED_KEY_STREAM } from './constants.ts';
import { Rc4 } from './rc4.ts';

/** One side's keys of a Diffie-Hellman exchange with MSE_PRIME and MSE_GENERATOR. */
export interface MseKeyPair {
  /** MSE_KEY_LENGTH bytes. */
  readonly publicKey: Uint8Array;
  /**
   * The secret, MSE_KEY_LENGTH bytes, that the other side comes to as well.
   * @throws MseError SHOAL_MSE_BAD_KEY
   */
  secretWith(theirs: Uint8Array): Uint8Array;
}

/** What the initiator sends after its padding, so that the responder finds its place in the stream. */
export function syncMark(secret: Uint8Array): Uint8Array {
  return digest('req1', secret);
}

/** Stands for a torrent, so that an info-hash is never sent as it is: 20 bytes. */
export function torrentMark(infoHash: Uint8Array): Uint8Array {
  return digest('req2', infoHash);
}

/** Hides a {@link torrentMark}, or shows it again. */
export function maskTorrentMark(mark: Uint8Array, secret: Uint8Array): Uint8Array {
  const mask = digest('req3', secret);
  return mark.map((byte, index) => byte ^ (mask[index] ?? 0));
}

/** The cipher of what one side sends. */
export function createMseCipher(
  side: 'initiator' | 'responder',
  secret: Uint8Array,
  infoHash: Uint8Array,
): Rc4 {
  const cipher = new Rc4(digest(side === 'initiator' ? 'keyA' : 'keyB', secret, infoHash));
  cipher.skip(DISCARDED_KEY_STREAM);
  return cipher;
}

function digest(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  return hash('sha1', Buffer.concat([Buffer.from(label, 'latin1'), ...parts]), 'buffer');
}
