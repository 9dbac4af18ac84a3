import { randomBytes } from 'node:crypto';
import {
  type FinishedExchange,
  initiateMse,
  MSE_MAX_PAD,
  type MseAgreement,
  respondMse,
  type WireInfoHash,
} from '@shoal/protocol';
import type { Clock, Random } from '@shoal/swarm';
import type { PeerStream } from '../ports/peer-transport.ts';
import { EncryptedStream } from './encrypted-stream.ts';
import { HandshakeBudget } from './handshake-budget.ts';
import type { HandshakeCounts } from './handshake-counts.ts';
import { createKeyExchange } from './key-exchange.ts';
import { runExchange } from './run-exchange.ts';

/** A stream to go on with, and what the peer has said on it already. */
export interface OpenedStream {
  readonly stream: PeerStream;
  readonly begun: Uint8Array;
}

/** Collaborators of {@link PeerEncryption}. */
export interface PeerEncryptionComponents {
  readonly clock: Clock;
  readonly random: Random;
  /** The info-hash that a mark of a peer stands for; undefined when there is no such torrent. */
  readonly findTorrent: (mark: Uint8Array) => WireInfoHash | undefined;
  readonly counts: HandshakeCounts;
}

/**
 * Message Stream Encryption with peers that demand it. We take plain text after the handshake wherever the peer allows it:
 * that costs nothing, and RC4 protects nobody.
 */
export class PeerEncryption {
  readonly #random: Random;
  readonly #findTorrent: (mark: Uint8Array) => WireInfoHash | undefined;
  readonly #createKeys = createKeyExchange();
  readonly #budget: HandshakeBudget;
  readonly #counts: HandshakeCounts;

  constructor({ clock, random, findTorrent, counts }: PeerEncryptionComponents) {
    this.#random = random;
    this.#findTorrent = findTorrent;
    this.#budget = new HandshakeBudget(clock);
    this.#counts = counts;
  }

  /**
   * Answers a peer that has dialled us and begun with something else than a handshake.
   * @param begun what it has sent so far
   * @throws MseError; the stream's error
   */
  async accept(stream: PeerStream, begun: Uint8Array): Promise<OpenedStream> {
    const exchange = respondMse({
      createKeys: () => {
        this.#budget.spend();
        return this.#createKeys();
      },
      pad: this.#createPad(),
      send: (bytes) => stream.write(bytes, () => undefined),
      findTorrent: this.#findTorrent,
    });
    const answer = () => this.#budget.during(() => runExchange(stream, exchange, begun));
    return opened(stream, await this.#counts.during(answer, ['accepted', 'refused']));
  }

  /**
   * Opens a connection that we have dialled.
   * @param hello our handshake, sent along
   * @throws MseError; the stream's error
   */
  async dial(stream: PeerStream, infoHash: WireInfoHash, hello: Uint8Array): Promise<OpenedStream> {
    const exchange = initiateMse({
      createKeys: this.#createKeys,
      pad: this.#createPad(),
      send: (bytes) => stream.write(bytes, () => undefined),
      infoHash,
      methods: ['plaintext', 'rc4'],
      payload: hello,
    });
    const ask = () => runExchange(stream, exchange, new Uint8Array());
    return opened(stream, await this.#counts.during(ask, ['made', 'failed']));
  }

  #createPad(): Uint8Array {
    return randomBytes(this.#random.below(MSE_MAX_PAD + 1));
  }
}

function opened(
  stream: PeerStream,
  { result: { ciphers, payload }, rest }: FinishedExchange<MseAgreement>,
): OpenedStream {
  ciphers?.decrypt.apply(rest, rest);
  return {
    stream: ciphers === undefined ? stream : new EncryptedStream(stream, ciphers),
    begun: Buffer.concat([payload, rest]),
  };
}
