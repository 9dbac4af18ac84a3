import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import type { Schedule } from '../system.ts';
import { UDP_RETRY_MS } from './constants.ts';

/** Where a tracker is asked. */
export interface UdpAddress {
  /** An IPv4 or IPv6 address. */
  readonly host: string;
  /** 4 or 6 */
  readonly family: number;
  readonly port: number;
  /** Address that datagrams leave from. */
  readonly localAddress: string | undefined;
}

/**
 * Questions to one address and their answers. The socket is connected: the system drops datagrams from any other address and
 * port, and tells when nobody listens there.
 */
export class UdpConversation implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #schedule: Schedule;
  readonly #signal: AbortSignal;

  private constructor(socket: Socket, schedule: Schedule, signal: AbortSignal) {
    this.#socket = socket;
    this.#schedule = schedule;
    this.#signal = signal;
  }

  /**
   * Opens a socket; close it.
   * @param signal ends questions that are not answered
   * @throws the system's error, or the signal's reason
   */
  static async open(schedule: Schedule, address: UdpAddress, signal: AbortSignal): Promise<UdpConversation> {
    const { host, family, port, localAddress } = address;
    const socket = createSocket(family === 6 ? 'udp6' : 'udp4');
    try {
      if (localAddress !== undefined) socket.bind({ address: localAddress, port: 0 });
      if (localAddress !== undefined) await once(socket, 'listening', { signal });
      socket.connect(port, host);
      await once(socket, 'connect', { signal });
      return new UdpConversation(socket, schedule, signal);
    } catch (error) {
      socket.close();
      throw error;
    }
  }

  /**
   * Sends a question, again after 15 s, 30 s and so on, until it is answered.
   * @param read gives the answer that a datagram holds; undefined when it answers something else
   * @throws what `read` throws, the system's error, or the signal's reason
   */
  async ask<T>(question: Uint8Array, read: (datagram: Uint8Array) => T | undefined): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const onMessage = (datagram: Uint8Array): void => {
      try {
        const answer = read(datagram);
        if (answer !== undefined) resolve(answer);
      } catch (error) {
        reject(error);
      }
    };
    const onAbort = (): void => reject(this.#signal.reason as Error);
    let cancelRetry: () => void = () => undefined;
    const send = (pauseMs: number): void => {
      this.#socket.send(question, (error) => {
        if (error !== null) reject(error);
      });
      cancelRetry = this.#schedule(() => send(2 * pauseMs), pauseMs);
    };
    this.#socket.on('message', onMessage).on('error', reject);
    this.#signal.addEventListener('abort', onAbort);
    if (this.#signal.aborted) onAbort();
    else send(UDP_RETRY_MS);
    try {
      return await promise;
    } finally {
      cancelRetry();
      this.#signal.removeEventListener('abort', onAbort);
      this.#socket.off('message', onMessage).off('error', reject);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Nobody asks any more whether the last datagram arrived.
    this.#socket.on('error', () => undefined).close();
    await once(this.#socket, 'close');
  }
}
