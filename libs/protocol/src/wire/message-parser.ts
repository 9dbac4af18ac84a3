import { readUint32 } from '../bytes.ts';
import { bitfieldLength } from './bitfield.ts';
import { MAX_PIECES } from '../metainfo/constants.ts';
import { BLOCK_SIZE, MAX_OTHER_BODY, MESSAGE_ID, PIECE_HEADER_LENGTH } from './constants.ts';
import { checkBodyLength, decodeBody, isKnownMessage } from './decode-message.ts';
import type { PeerMessage } from './message.ts';
import { WireError } from './wire-error.ts';

/** Receives what a {@link MessageParser} finds, in the order of the wire. */
export interface MessageHandler {
  onMessage(message: PeerMessage): void;
  /** A block begins: `length` bytes for `begin` of `piece`. */
  onBlockStart(piece: number, begin: number, length: number): void;
  /** The block goes on with the bytes `start` to `end` of `chunk`, which is only good until the handler returns. */
  onBlockBytes(chunk: Uint8Array, start: number, end: number): void;
  /** All bytes of the block have been handed over. */
  onBlockEnd(): void;
}

/** Length prefix, in bytes. */
const PREFIX = 4;
/** Length prefix and id, in bytes. */
const PREFIX_AND_ID = 5;

/**
 * Cuts a peer's byte stream into messages (BEP 3, after the handshake). Payload of blocks passes through without
 * being kept; other messages are kept only while they straddle chunks, within their type's limit.
 */
export class MessageParser {
  readonly #handler: MessageHandler;
  readonly #pieceCount: number | undefined;
  readonly #maxLength: number;
  /** Prefix, id and, of a `piece` message, its two integers. */
  readonly #head = new Uint8Array(PIECE_HEADER_LENGTH);
  #headFilled = 0;
  #headNeeded = PREFIX;
  #state: 'head' | 'body' | 'block' | 'skip' | 'stopped' = 'head';
  #id = 0;
  /** Bytes of the body or block still to come. */
  #remaining = 0;
  /** The part of a straddling body that has come. */
  #body: Uint8Array | undefined;

  /** @param pieceCount pieces of the torrent; while that is not known, bitfields of any torrent are passed over */
  constructor(handler: MessageHandler, pieceCount: number | undefined) {
    this.#handler = handler;
    this.#pieceCount = pieceCount;
    const maxBitfield = bitfieldLength(pieceCount ?? MAX_PIECES);
    this.#maxLength = 1 + Math.max(MAX_OTHER_BODY, maxBitfield, 8 + BLOCK_SIZE);
  }

  /**
   * Parses the next bytes of the stream and calls the handler for what they complete.
   * @throws WireError when they break the protocol; the parser cannot be used any further
   */
  push(chunk: Uint8Array): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'stopped') {
      switch (this.#state) {
        case 'head':
          at = this.#readHead(chunk, at);
          break;
        case 'body':
          at = this.#readBody(chunk, at);
          break;
        case 'block':
          at = this.#readBlock(chunk, at);
          break;
        case 'skip':
          at = this.#skip(chunk, at);
          break;
      }
    }
  }

  /** Makes {@link push} ignore what is left of its chunk and all that follows: for a handler that closes the connection. */
  stop(): void {
    this.#state = 'stopped';
    this.#body = undefined;
  }

  #readHead(chunk: Uint8Array, start: number): number {
    let at = start;
    while (at < chunk.length && this.#headFilled < this.#headNeeded) {
      this.#head[this.#headFilled] = chunk[at] ?? 0;
      this.#headFilled += 1;
      at += 1;
    }
    if (this.#headFilled < this.#headNeeded) return at;
    if (this.#headNeeded === PREFIX) this.#onPrefix();
    else if (this.#headNeeded === PREFIX_AND_ID) this.#onId();
    else this.#onBlockHead();
    return at;
  }

  #onPrefix(): void {
    const length = readUint32(this.#head, 0);
    if (length > this.#maxLength) {
      throw new WireError(
        'SHOAL_WIRE_TOO_LONG',
        `a message of ${length} bytes, more than ${this.#maxLength}`,
      );
    }
    if (length === 0) {
      this.#nextMessage();
      this.#handler.onMessage({ type: 'keep-alive' });
      return;
    }
    this.#remaining = length - 1;
    this.#headNeeded = PREFIX_AND_ID;
  }

  #onId(): void {
    this.#id = this.#head[PREFIX] ?? 0;
    if (this.#id === MESSAGE_ID.piece) {
      this.#checkBlockLength(this.#remaining - 8);
      this.#headNeeded = PIECE_HEADER_LENGTH;
      return;
    }
    checkBodyLength(this.#id, this.#remaining, this.#pieceCount);
    const isRead = isKnownMessage(this.#id) && !this.#isUnknownBitfield();
    if (this.#remaining > 0) this.#state = isRead ? 'body' : 'skip';
    else if (isRead) this.#emit(EMPTY);
    else this.#nextMessage();
  }

  #isUnknownBitfield(): boolean {
    return this.#id === MESSAGE_ID.bitfield && this.#pieceCount === undefined;
  }

  #checkBlockLength(length: number): void {
    if (length < 1) throw new WireError('SHOAL_WIRE_BAD_LENGTH', 'a piece message without payload');
    if (length > BLOCK_SIZE) {
      throw new WireError(
        'SHOAL_WIRE_TOO_LONG',
        `a block of ${length} bytes, more than ${BLOCK_SIZE} are never asked for`,
      );
    }
  }

  #onBlockHead(): void {
    this.#remaining -= 8;
    this.#state = 'block';
    this.#handler.onBlockStart(readUint32(this.#head, 5), readUint32(this.#head, 9), this.#remaining);
  }

  #readBlock(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining);
    this.#remaining -= end - at;
    const complete = this.#remaining === 0;
    if (complete) this.#nextMessage();
    this.#handler.onBlockBytes(chunk, at, end);
    if (complete && !this.#isStopped()) this.#handler.onBlockEnd();
    return end;
  }

  #isStopped(): boolean {
    return this.#state === 'stopped';
  }

  #readBody(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining);
    const isWhole = this.#body === undefined && end - at === this.#remaining;
    if (isWhole) {
      this.#emit(chunk.subarray(at, end));
      return end;
    }
    this.#body ??= new Uint8Array(this.#remaining);
    this.#body.set(chunk.subarray(at, end), this.#body.length - this.#remaining);
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#emit(this.#body);
    return end;
  }

  #skip(chunk: Uint8Array, at: number): number {
    const end = Math.min(chunk.length, at + this.#remaining);
    this.#remaining -= end - at;
    if (this.#remaining === 0) this.#nextMessage();
    return end;
  }

  #emit(body: Uint8Array): void {
    this.#nextMessage();
    this.#handler.onMessage(decodeBody(this.#id, body));
  }

  /** Before the handler is called, so that it may stop the parser. */
  #nextMessage(): void {
    this.#state = 'head';
    this.#headFilled = 0;
    this.#headNeeded = PREFIX;
    this.#body = undefined;
  }
}

const EMPTY = new Uint8Array(0);
