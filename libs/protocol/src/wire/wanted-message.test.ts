import { expect, it } from 'vitest';
import { MAX_WANTED_PIECES } from './constants.ts';
import { decodeWantedMessage, encodeWantedMessage } from './wanted-message.ts';

it('is read as it was written, in its order', () => {
  expect(Buffer.from(encodeWantedMessage([258, 0])).toString('hex')).toBe('0000010200000000');
  const pieces = [7, 0, 0xffff_ffff, 3];
  expect(decodeWantedMessage(encodeWantedMessage(pieces))).toEqual(pieces);
  expect(decodeWantedMessage(new Uint8Array())).toEqual([]);
});

it('has a bound, and whole indexes', () => {
  const many = Array.from({ length: MAX_WANTED_PIECES + 1 }, (_, piece) => piece);
  expect(decodeWantedMessage(encodeWantedMessage(many))).toEqual(many.slice(0, MAX_WANTED_PIECES));
  const tooLong = new Uint8Array(4 * MAX_WANTED_PIECES + 4);
  expect(() => decodeWantedMessage(tooLong)).toThrow(
    expect.objectContaining({ code: 'SHOAL_WIRE_TOO_LONG' }),
  );
  expect(() => decodeWantedMessage(new Uint8Array(5))).toThrow(
    expect.objectContaining({ code: 'SHOAL_WIRE_BAD_LENGTH' }),
  );
});
