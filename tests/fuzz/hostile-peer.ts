import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { encodeHandshake, HANDSHAKE_LENGTH, type WireInfoHash } from '@shoal/protocol';
import { createSeededRandom, type Random } from '@shoal/swarm';
import { mutate } from './engine/mutate.ts';

/** Bytes of a connection at most: enough for a recorded exchange twice over. */
const MAX_STREAM_BYTES = 256 * 1024;

/** Bytes of a stranger that may mean an encrypted handshake: keys, and padding that may be too long. */
const MAX_NOISE_BYTES = 1_000;

/** How long a connection lasts when nobody ends it, in milliseconds. */
const CONNECTION_MS = 120;

interface HostilePeersInit {
  readonly infoHash: WireInfoHash;
  /** What streams are made of: recorded ones, after the handshake. */
  readonly corpus: readonly Uint8Array[];
  readonly seed: number;
}

/**
 * Peers that shake hands properly and then send mutated recordings, or noise that may be an encrypted handshake; they never
 * read more than they must.
 */
export class HostilePeers {
  readonly #init: HostilePeersInit;
  readonly #random: Random;
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => this.#attack(socket));
  #connections = 0;

  constructor(init: HostilePeersInit) {
    this.#init = init;
    this.#random = createSeededRandom(init.seed);
  }

  /** Connections made or taken so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Starts to take connections; returns the port. */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as AddressInfo).port;
  }

  /** Dials `port`, says its piece and resolves when the connection is gone. */
  async attack(port: number): Promise<void> {
    const socket = connect(port, '127.0.0.1');
    this.#attack(socket);
    await new Promise((resolve) => socket.once('close', resolve));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #attack(socket: Socket): void {
    this.#connections += 1;
    this.#sockets.add(socket);
    const deadline = setTimeout(() => socket.destroy(), CONNECTION_MS);
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#sockets.delete(socket);
    });
    // The other end hangs up on nonsense, as it should.
    socket.on('error', () => undefined);
    if (this.#random.below(2) === 0) socket.resume();
    socket.write(this.#stream());
  }

  /** Mostly a good handshake: what comes after it is of interest. */
  #stream(): Uint8Array {
    const { infoHash, corpus } = this.#init;
    if (this.#random.below(8) === 0) {
      return Uint8Array.from({ length: this.#random.below(MAX_NOISE_BYTES) }, () => this.#random.below(256));
    }
    const peerId = Uint8Array.from({ length: 20 }, () => this.#random.below(256));
    const [extensions, fast, v2] = [0, 0, 0].map(() => this.#random.below(4) > 0) as [
      boolean,
      boolean,
      boolean,
    ];
    const hello = encodeHandshake({ infoHash, peerId, extensions, fast, v2 });
    const start = corpus[this.#random.below(corpus.length)]!;
    const stream = mutate(start, corpus, this.#random, MAX_STREAM_BYTES - HANDSHAKE_LENGTH);
    const whole = new Uint8Array(Buffer.concat([hello, stream]));
    return this.#random.below(8) === 0 ? mutate(whole, corpus, this.#random, MAX_STREAM_BYTES) : whole;
  }
}
