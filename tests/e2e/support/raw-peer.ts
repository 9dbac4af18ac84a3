import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { encodeHandshake, encodeMessage, HANDSHAKE_LENGTH, type WireInfoHash } from '@shoal/protocol';

/** How long a peer that takes nothing more is waited for, in milliseconds. */
const STUCK_MS = 5_000;

/** One end of a peer connection that says what it is told to, byte by byte. */
export class RawPeer {
  readonly #socket: Socket;
  #received = Buffer.alloc(0);
  #sent = 0;

  /** @param seed tells peers apart: their ids are made of it */
  constructor(socket: Socket, infoHash: WireInfoHash, seed: string) {
    this.#socket = socket;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    const peerId = Buffer.from(seed.padEnd(20, '-').slice(0, 20));
    this.#write(encodeHandshake({ infoHash, peerId, extensions: true, fast: true, v2: true }));
  }

  static async dial(port: number, infoHash: WireInfoHash, seed: string): Promise<RawPeer> {
    const socket = connect(port, '127.0.0.1');
    await once(socket, 'connect');
    return new RawPeer(socket, infoHash, seed);
  }

  /** Bytes that the other end has let us write. */
  get sent(): number {
    return this.#sent;
  }

  get isClosed(): boolean {
    return this.#socket.destroyed;
  }

  /** Bodies of the messages of one id that came, without length and id. */
  received(id: number): Buffer[] {
    const bodies: Buffer[] = [];
    for (let at = HANDSHAKE_LENGTH; at + 5 <= this.#received.length;) {
      const end = at + 4 + this.#received.readUInt32BE(at);
      if (end > this.#received.length) break;
      if (this.#received[at + 4] === id) bodies.push(this.#received.subarray(at + 5, end));
      at = end;
    }
    return bodies;
  }

  /** Says an extended message. */
  async extended(extendedId: number, payload: string | Uint8Array): Promise<void> {
    await this.say(encodeMessage({ type: 'extended', extendedId, payload: Buffer.from(payload) }));
  }

  /** Writes as fast as the other end reads. */
  async say(bytes: Uint8Array): Promise<void> {
    if (this.isClosed || this.#write(bytes)) return;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, AbortSignal.timeout(STUCK_MS)]);
    const events = ['drain', 'close'].map((name) =>
      once(this.#socket, name, { signal }).catch(() => undefined),
    );
    await Promise.race(events);
    over.abort();
  }

  close(): void {
    this.#socket.destroy();
  }

  #write(bytes: Uint8Array): boolean {
    this.#sent += bytes.length;
    return this.#socket.write(bytes);
  }
}
