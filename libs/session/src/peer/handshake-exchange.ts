import { checkHandshakePrefix, decodeHandshake, type Handshake, HANDSHAKE_LENGTH } from '@shoal/protocol';
import type { PeerStream } from '../ports/peer-transport.ts';

/** A peer's handshake, and the bytes that came with it. */
export interface ReceivedHandshake {
  readonly handshake: Handshake;
  /** What followed the handshake in the same read; a copy. */
  readonly rest: Uint8Array;
}

/**
 * Waits for the handshake of the peer on `stream`, which is paused when it has come. Rejects with a WireError when
 * something else comes, with the stream's error, or with an Error when it closes.
 */
export function receiveHandshake(stream: PeerStream): Promise<ReceivedHandshake> {
  return new Promise((resolve, reject) => {
    const received = new Uint8Array(HANDSHAKE_LENGTH);
    let length = 0;
    stream.attach({
      onBytes(chunk) {
        if (length === HANDSHAKE_LENGTH) return;
        const taken = chunk.subarray(0, HANDSHAKE_LENGTH - length);
        received.set(taken, length);
        length += taken.length;
        try {
          checkHandshakePrefix(received.subarray(0, length));
          if (length < HANDSHAKE_LENGTH) return;
          stream.pause();
          resolve({
            handshake: decodeHandshake(received),
            rest: Uint8Array.from(chunk.subarray(taken.length)),
          });
        } catch (error) {
          reject(error instanceof Error ? error : new Error(String(error)));
        }
      },
      onClose: (error) => reject(error ?? new Error('the peer closed the connection before its handshake')),
    });
  });
}
