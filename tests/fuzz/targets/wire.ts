import { isDeepStrictEqual } from 'node:util';
import {
  BencodeError,
  Bitfield,
  checkHandshakePrefix,
  decodeExtensionHandshake,
  decodeHandshake,
  decodeWantedMessage,
  encodeExtensionHandshake,
  encodeMessage,
  encodeWantedMessage,
  HANDSHAKE_LENGTH,
  MAX_WANTED_PIECES,
  MessageParser,
  type PeerMessage,
  WireError,
} from '@shoal/protocol';
import type { Random } from '@shoal/swarm';
import { loadCorpus } from '../corpus.ts';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { weightOf } from '../engine/weight.ts';
import { check, unlessRefused } from './refusals.ts';

/** Pieces of the torrents that were recorded, of 32 KiB: those of the large file, and one for the small file. */
const PIECE_COUNT = 4;

/** Messages of one stream, at most, for each of its bytes: a keep-alive takes four. */
const MESSAGES_PER_BYTE = 1 / 4;

/** What a parser made of a stream. */
export interface Parsed {
  /** Messages and blocks, as text. */
  readonly events: readonly string[];
  readonly messages: readonly PeerMessage[];
  readonly error: WireError | undefined;
}

/** Parses a stream after its handshake, in chunks that `nextChunk` cuts off `left` bytes. */
export function parseStream(
  stream: Uint8Array,
  pieceCount: number,
  nextChunk: (left: number) => number,
): Parsed {
  const events: string[] = [];
  const messages: PeerMessage[] = [];
  let block = 0;
  const parser = new MessageParser(
    {
      onMessage(message) {
        const copy = copyOf(message);
        messages.push(copy);
        events.push(textOf(copy));
      },
      onBlockStart(piece, begin, length) {
        events.push(`block ${piece} ${begin} ${length}`);
        block = length;
      },
      onBlockBytes(_chunk, start, end) {
        block -= end - start;
        check(block >= 0, 'a block longer than announced');
      },
      onBlockEnd() {
        check(block === 0, 'a block shorter than announced');
        events.push('block end');
      },
    },
    pieceCount,
  );
  try {
    for (let at = 0; at < stream.length;) {
      const end = Math.min(stream.length, at + nextChunk(stream.length - at));
      parser.push(stream.subarray(at, end));
      at = end;
    }
  } catch (error) {
    if (error instanceof WireError) return { events, messages, error };
    throw error;
  }
  return { events, messages, error: undefined };
}

/** Byte strings of a message are only good until its handler returns. */
function copyOf(message: PeerMessage): PeerMessage {
  const copied = Object.entries(message).map(([name, value]: [string, unknown]) => [
    name,
    value instanceof Uint8Array ? Uint8Array.from(value) : value,
  ]);
  return Object.fromEntries(copied) as PeerMessage;
}

function textOf(message: PeerMessage): string {
  return JSON.stringify(message, (_, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value,
  );
}

/** What came after the handshake in the recordings. */
export function recordedStreams(): Map<string, Uint8Array> {
  return new Map([...loadCorpus('wire')].map(([name, bytes]) => [name, bytes.subarray(HANDSHAKE_LENGTH)]));
}

/** A peer's stream after the handshake: the same messages however it is cut, which are what their bytes say. */
export function wireTarget(): FuzzTarget {
  return {
    name: 'wire',
    covers: ['MessageParser', 'Bitfield'],
    corpus: [...recordedStreams().values(), unrecorded()],
    run(input, random) {
      const whole = parseStream(input, PIECE_COUNT, (left) => left);
      const cut = parseStream(input, PIECE_COUNT, () => chunkLength(random));
      check(whole.events.join('\n') === cut.events.join('\n'), 'other messages in other chunks');
      check(whole.error?.code === cut.error?.code, 'another refusal in other chunks');
      check(
        whole.messages.length <= MESSAGES_PER_BYTE * input.length,
        'more messages than fit in the stream',
      );
      for (const message of whole.messages) checkMessage(message, input.length);
    },
  };
}

/** A stream of the messages that none of the recorded clients had a reason to send. */
function unrecorded(): Uint8Array {
  const block = { piece: 1, begin: 16_384, length: 16_384 };
  const messages: readonly PeerMessage[] = [
    { type: 'bitfield', bits: Uint8Array.of(0b1010_0000) },
    { type: 'cancel', ...block },
    { type: 'reject', ...block },
    { type: 'suggest', piece: 3 },
    { type: 'port', port: 6881 },
    { type: 'keep-alive' },
    {
      type: 'hash-reject',
      piecesRoot: new Uint8Array(32).fill(7),
      baseLayer: 0,
      index: 2,
      length: 2,
      proofLayers: 1,
    },
  ];
  return new Uint8Array(Buffer.concat(messages.map((message) => encodeMessage(message))));
}

function checkMessage(message: PeerMessage, inputLength: number): void {
  check(weightOf(message) <= 2 * inputLength + 256, 'a message larger than its stream');
  const again = parseStream(encodeMessage(message), PIECE_COUNT, (left) => left);
  check(
    again.events.length === 1 && again.events[0] === textOf(message),
    'a message that is encoded otherwise',
  );
  if (message.type === 'bitfield') {
    const { bits } = message;
    const set = unlessRefused(() => Bitfield.fromBytes(PIECE_COUNT, bits), WireError);
    check((set?.count ?? 0) <= PIECE_COUNT, 'a bitfield with more pieces than the torrent');
  }
  if (message.type === 'extended' && message.extendedId === 0) {
    unlessRefused(() => decodeExtensionHandshake(message.payload), BencodeError);
  }
}

/** Mostly small chunks, so that headers are cut too. */
function chunkLength(random: Random): number {
  return random.below(4) === 0 ? 1 + random.below(20_000) : 1 + random.below(16);
}

/** The first bytes of a connection: refused at the first wrong one, or else a handshake. */
export function handshakeTarget(): FuzzTarget {
  return {
    name: 'handshake',
    covers: ['checkHandshakePrefix', 'decodeHandshake'],
    corpus: [...loadCorpus('wire').values()].map((bytes) => bytes.subarray(0, HANDSHAKE_LENGTH)),
    run(input) {
      for (let length = 0; length <= Math.min(input.length, HANDSHAKE_LENGTH); length += 1) {
        unlessRefused(() => checkHandshakePrefix(input.subarray(0, length)), WireError);
      }
      if (input.length < HANDSHAKE_LENGTH) return;
      const handshake = unlessRefused(() => decodeHandshake(input.subarray(0, HANDSHAKE_LENGTH)), WireError);
      check(handshake === undefined || weightOf(handshake) < 100, 'a handshake larger than its bytes');
    },
  };
}

/** The payload of an extension handshake. */
export function extensionHandshakeTarget(): FuzzTarget {
  const payloads = [...recordedStreams().values()].flatMap((stream) =>
    parseStream(stream, PIECE_COUNT, (left) => left).messages.flatMap((message) =>
      message.type === 'extended' && message.extendedId === 0 ? [message.payload] : [],
    ),
  );
  return {
    name: 'extension-handshake',
    covers: ['decodeExtensionHandshake'],
    corpus: payloads,
    run(input) {
      const handshake = unlessRefused(() => decodeExtensionHandshake(input), BencodeError);
      if (handshake === undefined) return;
      check(weightOf(handshake) <= 4 * input.length + 64, 'more in it than came');
      const again = decodeExtensionHandshake(encodeExtensionHandshake(handshake));
      check(isDeepStrictEqual(again, handshake), 'encoded otherwise');
    },
  };
}

/** The payload of a shoal_wanted message. */
export function wantedMessageTarget(): FuzzTarget {
  return {
    name: 'wanted-message',
    covers: ['decodeWantedMessage'],
    corpus: [[], [0], [1, 0xffff_ffff], Array.from({ length: MAX_WANTED_PIECES }, (_, at) => at)].map(
      (pieces) => new Uint8Array(encodeWantedMessage(pieces)),
    ),
    run(input) {
      const pieces = unlessRefused(() => decodeWantedMessage(input), WireError);
      if (pieces === undefined) return;
      check(pieces.length <= MAX_WANTED_PIECES, 'more pieces than may be wanted');
      check(
        isDeepStrictEqual(new Uint8Array(encodeWantedMessage(pieces)), new Uint8Array(input)),
        'encoded otherwise',
      );
    },
  };
}
