import {
  checkHandshakePrefix,
  decodeHandshake,
  type Handshake,
  HANDSHAKE_LENGTH,
  isHandshakePrefix,
  HANDSHAKE_PREFIX_LENGTH,
} from '@shoal/protocol';
import type { PeerStream } from '../ports/peer-transport.ts';

/** A peer's handshake, and the bytes that came with it. */
export interface ReceivedHandshake {
  /** Where it came, to go on with. */
  readonly stream: PeerStream;
  readonly handshake: Handshake;
  /** What followed the handshake in the same read; a copy. */
  readonly rest: Uint8Array;
}

/** The first bytes of a peer, enough of them to tell what it begins with. */
export interface FirstBytes {
  /** Whether they are those of a handshake. */
  readonly isHandshake: boolean;
  /** A copy. */
  readonly bytes: Uint8Array;
}

/**
 * Waits for the first bytes of the peer on `stream`, which is paused when they have come. Rejects with the stream's error, or
 * with an Error when it closes.
 */
export function receiveFirstBytes(stream: PeerStream): Promise<FirstBytes> {
  return new Promise((resolve, reject) => {
    let bytes: Uint8Array = new Uint8Array();
    attach(stream, reject, (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      const isHandshake = isHandshakePrefix(bytes);
      if (isHandshake && bytes.length < HANDSHAKE_PREFIX_LENGTH) return;
      stream.pause();
      resolve({ isHandshake, bytes });
    });
  });
}

/**
 * Waits for the handshake of the peer on `stream`, which is paused when it has come. Rejects with a WireError when
 * something else comes, with the stream's error, or with an Error when it closes.
 * @param begun what it has said already
 */
export function receiveHandshake(
  stream: PeerStream,
  begun: Uint8Array = new Uint8Array(),
): Promise<ReceivedHandshake> {
  return new Promise((resolve, reject) => {
    const received = new Uint8Array(HANDSHAKE_LENGTH);
    let length = 0;
    const onBytes = (chunk: Uint8Array): void => {
      if (length === HANDSHAKE_LENGTH) return;
      const taken = chunk.subarray(0, HANDSHAKE_LENGTH - length);
      received.set(taken, length);
      length += taken.length;
      try {
        checkHandshakePrefix(received.subarray(0, length));
        if (length < HANDSHAKE_LENGTH) return;
        stream.pause();
        resolve({
          stream,
          handshake: decodeHandshake(received),
          rest: Uint8Array.from(chunk.subarray(taken.length)),
        });
      } catch (error) {
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    attach(stream, reject, onBytes);
    onBytes(begun);
  });
}

function attach(
  stream: PeerStream,
  reject: (error: Error) => void,
  onBytes: (chunk: Uint8Array) => void,
): void {
  stream.attach({
    onBytes,
    onClose: (error) => reject(error ?? new Error('the peer closed the connection before its handshake')),
  });
}
