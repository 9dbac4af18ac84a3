import type { Random } from '@shoal/swarm';

/** Changes an input, or makes a new one of it; `other` is another input of the same corpus. Inputs stay as they are. */
type Mutator = (input: Uint8Array, random: Random, other: Uint8Array) => Uint8Array;

/** How many mutators work on one input, at most. */
const MAX_STEPS = 5;

/** Bytes that a mutator inserts, repeats or cuts out at once, at most: longer than any header. */
const MAX_RUN = 128;

/** 32-bit values at the edges: of signs, of blocks, of what our own limits let pass. */
const EDGES = [
  0, 1, 2, 4, 13, 0x7f, 0x80, 0xff, 0x3fff, 0x4000, 0x4001, 0x4009, 0x1_0001, 0x7fff_ffff, 0x8000_0000,
  0xffff_ffff,
];

/** Bytes that mean something to one of the formats. */
const TELLING = Buffer.from('ideln0123456789:-/&=%.+\0\x01\x7f\x80\xff', 'latin1');

const MUTATORS: readonly Mutator[] = [
  flipBits,
  replaceBytes,
  insertBytes,
  removeRun,
  repeatRun,
  truncate,
  splice,
  tweakInteger,
  tweakDecimal,
];

/**
 * One to {@link MAX_STEPS} changes to `input`, all of them chosen by `random`. The result has at most `maxBytes`.
 * @param corpus what parts of other inputs are taken from; not empty
 */
export function mutate(
  input: Uint8Array,
  corpus: readonly Uint8Array[],
  random: Random,
  maxBytes: number,
): Uint8Array {
  let result = input;
  for (let steps = 1 + random.below(MAX_STEPS); steps > 0; steps -= 1) {
    const mutator = MUTATORS[random.below(MUTATORS.length)]!;
    result = mutator(result, random, corpus[random.below(corpus.length)]!);
  }
  return result.subarray(0, maxBytes);
}

function flipBits(input: Uint8Array, random: Random): Uint8Array {
  return changed(
    input,
    (bytes, at) => {
      bytes[at]! ^= 1 << random.below(8);
    },
    random,
  );
}

function replaceBytes(input: Uint8Array, random: Random): Uint8Array {
  return changed(
    input,
    (bytes, at) => {
      bytes[at] = anyByte(random);
    },
    random,
  );
}

function insertBytes(input: Uint8Array, random: Random): Uint8Array {
  const at = random.below(input.length + 1);
  const inserted = Uint8Array.from({ length: 1 + random.below(8) }, () => anyByte(random));
  return joined(input.subarray(0, at), inserted, input.subarray(at));
}

function removeRun(input: Uint8Array, random: Random): Uint8Array {
  const { start, end } = anyRun(input, random);
  return joined(input.subarray(0, start), input.subarray(end));
}

/** A run of the input twice, somewhere: doubled messages, dictionary keys, list items. */
function repeatRun(input: Uint8Array, random: Random): Uint8Array {
  const { start, end } = anyRun(input, random);
  const at = random.below(input.length + 1);
  return joined(input.subarray(0, at), input.subarray(start, end), input.subarray(at));
}

function truncate(input: Uint8Array, random: Random): Uint8Array {
  return input.slice(0, random.below(input.length + 1));
}

/** The beginning of one input and the end of another. */
function splice(input: Uint8Array, random: Random, other: Uint8Array): Uint8Array {
  return joined(
    input.subarray(0, random.below(input.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );
}

/** Writes or shifts a big-endian integer: lengths, piece indexes, offsets. */
function tweakInteger(input: Uint8Array, random: Random): Uint8Array {
  const width = random.below(2) === 0 ? 4 : 2;
  if (input.length < width) return input;
  const bytes = Buffer.from(input);
  const at = random.below(input.length - width + 1);
  const value =
    random.below(2) === 0
      ? EDGES[random.below(EDGES.length)]!
      : bytes.readUIntBE(at, width) + random.below(5) - 2;
  bytes.writeUIntBE((value >>> 0) % 2 ** (8 * width), at, width);
  return new Uint8Array(bytes);
}

/** Puts another decimal number in the place of one: lengths and integers of bencode, numbers in queries. */
function tweakDecimal(input: Uint8Array, random: Random): Uint8Array {
  const text = Buffer.from(input).toString('latin1');
  const numbers = [...text.matchAll(/\d+/g)];
  const chosen = numbers[random.below(Math.max(1, numbers.length))];
  if (chosen === undefined) return input;
  const near = BigInt(chosen[0].slice(0, 20)) + BigInt(random.below(5) - 2);
  const number = random.below(2) === 0 ? String(near) : '9'.repeat(1 + random.below(20));
  const end = chosen.index + chosen[0].length;
  return new Uint8Array(Buffer.from(text.slice(0, chosen.index) + number + text.slice(end), 'latin1'));
}

/** A copy with `change` made at one to eight places. */
function changed(
  input: Uint8Array,
  change: (bytes: Uint8Array, at: number) => void,
  random: Random,
): Uint8Array {
  const bytes = Uint8Array.from(input);
  if (bytes.length === 0) return bytes;
  for (let places = 1 + random.below(8); places > 0; places -= 1) change(bytes, random.below(bytes.length));
  return bytes;
}

function anyByte(random: Random): number {
  return random.below(2) === 0 ? TELLING[random.below(TELLING.length)]! : random.below(256);
}

function anyRun(input: Uint8Array, random: Random): { readonly start: number; readonly end: number } {
  const start = random.below(input.length + 1);
  return { start, end: Math.min(input.length, start + 1 + random.below(MAX_RUN)) };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
