import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_PIECES } from '../metainfo/constants.ts';
import { BLOCK_SIZE, MAX_OTHER_BODY } from './constants.ts';
import { encodeMessage, writePieceHeader } from './encode-message.ts';
import type { BlockRange, PeerMessage } from './message.ts';
import { MessageParser } from './message-parser.ts';
import { WireError } from './wire-error.ts';

const PIECES = 20;

/** Everything a parser reported; blocks with their payload joined. */
function record(pieceCount: number | 'unknown' = PIECES) {
  const events: (
    PeerMessage | { readonly type: 'block'; piece: number; begin: number; payload: number[] }
  )[] = [];
  let payload: number[] = [];
  let block: BlockRange = { piece: 0, begin: 0, length: 0 };
  const parser = new MessageParser(
    {
      onMessage: (message) => events.push(copy(message)),
      onBlockStart: (piece, begin, length) => {
        block = { piece, begin, length };
        payload = [];
      },
      onBlockBytes: (chunk, start, end) => payload.push(...chunk.subarray(start, end)),
      onBlockEnd: () => {
        expect(payload).toHaveLength(block.length);
        events.push({ type: 'block', piece: block.piece, begin: block.begin, payload });
      },
    },
    pieceCount === 'unknown' ? undefined : pieceCount,
  );
  return { parser, events };
}

/** Byte strings of a message are views into the chunk: keep their content as plain bytes. */
function copy(message: PeerMessage): PeerMessage {
  return Object.fromEntries(
    Object.entries(message).map(([key, value]) => [
      key,
      value instanceof Uint8Array ? Uint8Array.from(value) : value,
    ]),
  ) as PeerMessage;
}

function encodeBlock(piece: number, begin: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(13 + payload.length);
  bytes.set(payload, writePieceHeader(bytes, 0, { piece, begin, length: payload.length }));
  return bytes;
}

const root = Uint8Array.from({ length: 32 }, (_, index) => index);
const hashRange = { piecesRoot: root, baseLayer: 0, index: 4, length: 2, proofLayers: 1 };
const EVERY_MESSAGE: PeerMessage[] = [
  { type: 'keep-alive' },
  { type: 'choke' },
  { type: 'unchoke' },
  { type: 'interested' },
  { type: 'not-interested' },
  { type: 'have-all' },
  { type: 'have-none' },
  { type: 'have', piece: 7 },
  { type: 'suggest', piece: 8 },
  { type: 'allowed-fast', piece: 0xffffffff },
  { type: 'bitfield', bits: Uint8Array.from([1, 2, 0xf0]) },
  { type: 'request', piece: 1, begin: 16384, length: 16384 },
  { type: 'cancel', piece: 1, begin: 0x80000000, length: 1 },
  { type: 'reject', piece: 1, begin: 2, length: 3 },
  { type: 'port', port: 6881 },
  { type: 'extended', extendedId: 3, payload: Uint8Array.from([9, 8, 7]) },
  { type: 'hash-request', ...hashRange },
  { type: 'hash-reject', ...hashRange },
  { type: 'hashes', ...hashRange, hashes: new Uint8Array(64).fill(5) },
];

describe('MessageParser', () => {
  it('reads every message at every split point', () => {
    const payload = Uint8Array.from({ length: 40 }, (_, index) => index);
    const stream = Buffer.concat([
      ...EVERY_MESSAGE.map(encodeMessage),
      encodeBlock(3, 16, payload),
      new Uint8Array(4),
    ]);
    const expected = [
      ...EVERY_MESSAGE,
      { type: 'block', piece: 3, begin: 16, payload: [...payload] },
      { type: 'keep-alive' },
    ];
    for (let split = 0; split <= stream.length; split += 1) {
      const { parser, events } = record();
      parser.push(stream.subarray(0, split));
      parser.push(stream.subarray(split));
      expect(events).toEqual(expected);
    }
    const { parser, events } = record();
    for (const byte of stream) parser.push(Uint8Array.of(byte));
    expect(events).toEqual(expected);
  });

  it('reads back what any messages were written as, in any chunks', () => {
    const index = fc.nat({ max: 0xffffffff });
    const message = fc.oneof(
      fc.constantFrom(...EVERY_MESSAGE),
      fc.record({ type: fc.constantFrom('have' as const, 'suggest' as const), piece: index }),
      fc.record({
        type: fc.constantFrom('request' as const, 'cancel' as const, 'reject' as const),
        piece: index,
        begin: index,
        length: index,
      }),
      fc.record({
        type: fc.constant('extended' as const),
        extendedId: fc.nat({ max: 255 }),
        payload: fc.uint8Array({ maxLength: 300 }),
      }),
    );
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 20 }),
        fc.integer({ min: 1, max: 50 }),
        (messages, chunk) => {
          const stream = Buffer.concat(messages.map(encodeMessage));
          const { parser, events } = record();
          for (let at = 0; at < stream.length; at += chunk) parser.push(stream.subarray(at, at + chunk));
          expect(events).toEqual(messages);
        },
      ),
      { seed: 1 },
    );
  });

  it('skips messages it does not know, within bounds', () => {
    const { parser, events } = record();
    parser.push(Uint8Array.of(0, 0, 0, 1, 99));
    parser.push(Uint8Array.of(0, 0, 0, 4, 200, 1, 2));
    parser.push(Uint8Array.of(3, 0, 0, 0, 0));
    expect(events).toEqual([{ type: 'keep-alive' }]);
    const tooLong = Buffer.alloc(5, 200);
    tooLong.writeUInt32BE(MAX_OTHER_BODY + 2);
    expect(() => parser.push(tooLong)).toThrow(WireError);
  });

  it('refuses a length of 4 GiB at its fourth byte', () => {
    const { parser } = record();
    parser.push(Uint8Array.of(0xff, 0xff, 0xff));
    expect(() => parser.push(Uint8Array.of(0xff))).toThrow(
      expect.objectContaining({ code: 'SHOAL_WIRE_TOO_LONG', remedy: expect.any(String) as string }),
    );
  });

  it.each([
    ['a have of 3 bytes', [0, 0, 0, 4, 4], 'SHOAL_WIRE_BAD_LENGTH'],
    ['a choke with a body', [0, 0, 0, 2, 0], 'SHOAL_WIRE_BAD_LENGTH'],
    ['a bitfield of another torrent', [0, 0, 0, 3, 5], 'SHOAL_WIRE_BAD_LENGTH'],
    ['a request that lacks its length', [0, 0, 0, 9, 6], 'SHOAL_WIRE_BAD_LENGTH'],
    ['a block without payload', [0, 0, 0, 9, 7], 'SHOAL_WIRE_BAD_LENGTH'],
    ['a block larger than we ask for', [0, 0, 0x40, 0x0a, 7], 'SHOAL_WIRE_TOO_LONG'],
    ['an extended message without id', [0, 0, 0, 1, 20], 'SHOAL_WIRE_BAD_LENGTH'],
    ['hashes cut short', [0, 0, 0, 50, 22], 'SHOAL_WIRE_BAD_LENGTH'],
  ])('refuses %s as soon as its id is known', (_, bytes, code) => {
    const { parser } = record();
    expect(() => parser.push(Uint8Array.from(bytes))).toThrow(expect.objectContaining({ code }));
  });

  it('takes a bitfield longer than other messages where the torrent has so many pieces', () => {
    const pieces = MAX_OTHER_BODY * 8 + 80_000;
    const { parser, events } = record(pieces);
    parser.push(encodeMessage({ type: 'bitfield', bits: new Uint8Array(pieces / 8) }));
    expect(events).toHaveLength(1);
  });

  it('passes over bitfields, up to those of the largest torrent, while the number of pieces is not known', () => {
    const { parser, events } = record('unknown');
    for (const length of [0, 1, 3, MAX_PIECES / 8])
      parser.push(encodeMessage({ type: 'bitfield', bits: new Uint8Array(length) }));
    parser.push(encodeMessage({ type: 'have', piece: MAX_PIECES }));
    expect(events).toEqual([{ type: 'have', piece: MAX_PIECES }]);
    const head = Buffer.alloc(5, 5);
    head.writeUInt32BE(MAX_PIECES / 8 + 2);
    expect(() => parser.push(head)).toThrow(expect.objectContaining({ code: 'SHOAL_WIRE_TOO_LONG' }));
  });

  it('hands over a block of the largest size', () => {
    const { parser, events } = record();
    parser.push(encodeBlock(0, 0, new Uint8Array(BLOCK_SIZE)));
    expect(events).toHaveLength(1);
  });

  it('stops in the middle of a chunk when the handler says so', () => {
    const seen: string[] = [];
    const parser: MessageParser = new MessageParser(
      {
        onMessage: (message) => {
          seen.push(message.type);
          parser.stop();
        },
        onBlockStart: () => undefined,
        onBlockBytes: () => undefined,
        onBlockEnd: () => undefined,
      },
      PIECES,
    );
    parser.push(Buffer.concat([encodeMessage({ type: 'choke' }), encodeMessage({ type: 'unchoke' })]));
    parser.push(encodeMessage({ type: 'unchoke' }));
    expect(seen).toEqual(['choke']);
  });

  it('answers garbage with WireError and nothing else', () => {
    const chunk = fc.uint8Array({ maxLength: 200 });
    // Small lengths and known ids reach deeper than pure noise, whose length is nearly always too large.
    const framed = fc
      .tuple(fc.nat({ max: 80 }), fc.nat({ max: 25 }), fc.uint8Array({ maxLength: 90 }))
      .map(([length, id, body]) => Uint8Array.of(0, 0, 0, length, id, ...body));
    fc.assert(
      fc.property(fc.array(fc.oneof(chunk, framed), { maxLength: 10 }), (chunks) => {
        const { parser } = record();
        try {
          for (const bytes of chunks) parser.push(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
        }
      }),
      { seed: 2, numRuns: 2_000 },
    );
  });
});
