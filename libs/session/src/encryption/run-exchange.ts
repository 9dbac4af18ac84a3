import { type Exchange, ExchangeReader, type FinishedExchange } from '@shoal/protocol';
import type { PeerStream } from '../ports/peer-transport.ts';

/**
 * Carries out one side of a handshake over `stream`, which is paused when it is over. Rejects with the exchange's error,
 * the stream's, or an Error when the stream closes.
 * @param begun what the peer has sent already
 * @returns what it came to; `rest` is a copy
 */
export function runExchange<Result>(
  stream: PeerStream,
  exchange: Exchange<Result>,
  begun: Uint8Array,
): Promise<FinishedExchange<Result>> {
  return new Promise((resolve, reject) => {
    const reader = new ExchangeReader(exchange);
    let isOver = false;
    const push = (chunk: Uint8Array): void => {
      if (isOver) return;
      try {
        const finished = reader.push(chunk);
        if (finished === undefined) return;
        isOver = true;
        stream.pause();
        resolve({ result: finished.result, rest: Uint8Array.from(finished.rest) });
      } catch (error) {
        isOver = true;
        reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    stream.attach({
      onBytes: push,
      onClose: (error) => reject(error ?? new Error('the peer closed the connection before its handshake')),
    });
    push(begun);
  });
}
