import { connect, type Socket } from 'node:net';
import { createHash } from 'node:crypto';
import {
  decodeExtensionHandshake,
  decodePexMessage,
  encodeExtensionHandshake,
  encodeHandshake,
  encodeMessage,
  type ExtensionHandshake,
  HANDSHAKE_LENGTH,
  MessageParser,
  type PexMessage,
  type WireInfoHash,
} from '@shoal/protocol';
import type { PeerAddress } from './api/peer.ts';

/** The id that a {@link TestPeer} has given ut_pex. */
const OUR_PEX_ID = 7;

/** A peer that says on a socket what a test makes it say, and keeps what it is told; for tests. */
export class TestPeer {
  /** What the other side has introduced itself with. */
  introduction: ExtensionHandshake | undefined;
  /** ut_pex messages that came. */
  readonly exchanged: PexMessage[] = [];
  /** The connection has ended. */
  readonly closed: Promise<void>;
  readonly #socket: Socket;
  #skip = HANDSHAKE_LENGTH;

  /** @param listenPort where it says that it takes peers @param name makes its peer id */
  constructor(address: PeerAddress, infoHash: WireInfoHash, listenPort: number, name: string) {
    this.#socket = connect(address.port, address.host);
    this.closed = new Promise((resolve) => this.#socket.once('close', () => resolve()));
    const parser = new MessageParser(
      {
        onMessage: (message) => {
          if (message.type !== 'extended') return;
          const { extendedId, payload } = message;
          if (extendedId === 0) this.introduction = decodeExtensionHandshake(payload);
          else if (extendedId === OUR_PEX_ID) this.exchanged.push(decodePexMessage(payload));
        },
        onBlockStart: () => undefined,
        onBlockBytes: () => undefined,
        onBlockEnd: () => undefined,
      },
      undefined,
    );
    this.#socket.on('error', () => undefined);
    this.#socket.on('data', (chunk) => {
      const cut = Math.min(this.#skip, chunk.length);
      this.#skip -= cut;
      parser.push(chunk.subarray(cut));
    });
    const peerId = createHash('sha1').update(name).digest();
    this.#socket.write(encodeHandshake({ infoHash, peerId, extensions: true, fast: false, v2: false }));
    const extensions = new Map([['ut_pex', OUR_PEX_ID]]);
    this.sayExtended(0, encodeExtensionHandshake({ extensions, port: listenPort }));
  }

  /** Sends a message of an extension, by the id that the other side has given it. */
  sayExtended(extendedId: number, payload: Uint8Array): void {
    this.#socket.write(encodeMessage({ type: 'extended', extendedId, payload }));
  }

  close(): void {
    this.#socket.destroy();
  }
}
