import { createDiffieHellman, randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { wireInfoHash, type WireInfoHash } from '../metainfo/info-hash.ts';
import {
  MAX_INITIAL_PAYLOAD,
  MSE_GENERATOR,
  MSE_KEY_LENGTH,
  MSE_MAX_PAD,
  MSE_PRIME,
  MSE_PRIVATE_KEY_LENGTH,
  type MseMethod,
} from './constants.ts';
import { ExchangeReader } from './exchange.ts';
import { initiateMse } from './initiate-mse.ts';
import { encodeMethods, type MseAgreement } from './mse-handshake.ts';
import { createMseCipher, maskTorrentMark, type MseKeyPair, syncMark, torrentMark } from './mse-keys.ts';
import { respondMse } from './respond-mse.ts';

const group = createDiffieHellman(MSE_PRIME, MSE_GENERATOR);
const TORRENT = wireInfoHash(new Uint8Array(20).fill(7));
const HELLO = Uint8Array.from({ length: 68 }, (_, index) => index);
const EVERY_METHOD: readonly MseMethod[] = ['plaintext', 'rc4'];
const PLAINTEXT = 1;
const RC4 = 2;

function createKeys(): MseKeyPair {
  const privateKey = randomBytes(MSE_PRIVATE_KEY_LENGTH);
  group.setPrivateKey(privateKey);
  const padded = (number: Buffer) => Buffer.concat([Buffer.alloc(MSE_KEY_LENGTH - number.length), number]);
  return {
    publicKey: padded(group.generateKeys()),
    secretWith: (theirs) => {
      group.setPrivateKey(privateKey);
      return padded(group.computeSecret(theirs));
    },
  };
}

/** A side of a handshake, what it has sent and not been taken, and what it came to. */
class Side {
  sent: Uint8Array = new Uint8Array();
  agreement: MseAgreement | undefined;
  rest: Uint8Array = new Uint8Array();
  #reader: ExchangeReader<MseAgreement> | undefined;

  static initiator({ infoHash = TORRENT, payload = HELLO, pad = 0, methods = EVERY_METHOD } = {}): Side {
    const side = new Side();
    const send = (bytes: Uint8Array): void => side.#send(bytes);
    side.#reader = new ExchangeReader(
      initiateMse({ createKeys, pad: new Uint8Array(pad).fill(0xaa), send, infoHash, methods, payload }),
    );
    side.push(new Uint8Array());
    return side;
  }

  static responder({ pad = 0, findTorrent = findOnly(TORRENT) } = {}): Side {
    const side = new Side();
    const send = (bytes: Uint8Array): void => side.#send(bytes);
    side.#reader = new ExchangeReader(
      respondMse({ createKeys, pad: new Uint8Array(pad).fill(0xbb), send, findTorrent }),
    );
    return side;
  }

  push(chunk: Uint8Array): void {
    if (this.agreement !== undefined) {
      this.rest = Buffer.concat([this.rest, chunk]);
      return;
    }
    // What is pushed may be overwritten afterwards.
    const scratch = Uint8Array.from(chunk);
    const finished = this.#reader?.push(scratch);
    this.agreement = finished?.result;
    if (finished !== undefined) this.rest = Uint8Array.from(finished.rest);
    scratch.fill(0xee);
  }

  take(length = this.sent.length): Uint8Array {
    const taken = this.sent.subarray(0, length);
    this.sent = this.sent.subarray(length);
    return taken;
  }

  #send(bytes: Uint8Array): void {
    this.sent = Buffer.concat([this.sent, bytes]);
  }
}

function findOnly(infoHash: WireInfoHash) {
  const mark = Buffer.from(torrentMark(infoHash));
  return (wanted: Uint8Array) => (mark.equals(wanted) ? infoHash : undefined);
}

/** Carries bytes to and fro until neither says more. */
function converse(a: Side, b: Side, nextLength: () => number): void {
  while (a.sent.length + b.sent.length > 0) {
    b.push(a.take(Math.min(a.sent.length, nextLength())));
    a.push(b.take(Math.min(b.sent.length, nextLength())));
  }
}

/** The numbers one after the other, again and again. */
function cycle(numbers: readonly number[]): () => number {
  let at = 0;
  return () => numbers[at++ % numbers.length] ?? 1;
}

/** An initiator made by hand: what it says once it knows the other's key. */
async function craft(
  responder: Side,
  say: (parts: { secret: Uint8Array; encrypted: (...parts: Uint8Array[]) => Uint8Array }) => Uint8Array[],
): Promise<unknown> {
  const keys = createKeys();
  responder.push(keys.publicKey);
  const secret = keys.secretWith(responder.take(MSE_KEY_LENGTH));
  const cipher = createMseCipher('initiator', secret, TORRENT);
  const encrypted = (...parts: Uint8Array[]): Uint8Array => {
    const bytes = Buffer.concat(parts);
    cipher.apply(bytes, bytes);
    return bytes;
  };
  return Promise.resolve().then(() => responder.push(Buffer.concat(say({ secret, encrypted }))));
}

const uint16 = (value: number): Uint8Array => Uint8Array.of(value >> 8, value);
const marks = (secret: Uint8Array, infoHash = TORRENT): Uint8Array[] => [
  syncMark(secret),
  maskTorrentMark(torrentMark(infoHash), secret),
];

describe('an MSE handshake', () => {
  it('comes to the same in whatever chunks it arrives, with padding of any length', () => {
    const pad = fc.integer({ min: 0, max: MSE_MAX_PAD });
    fc.assert(
      fc.property(
        pad,
        pad,
        fc.uint8Array({ maxLength: 300 }),
        fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 50 }),
        (padA, padB, payload, lengths) => {
          const a = Side.initiator({ pad: padA, payload });
          const b = Side.responder({ pad: padB });
          converse(a, b, cycle(lengths));
          expect(b.agreement).toEqual({ infoHash: TORRENT, ciphers: undefined, payload });
          expect(a.agreement).toEqual({ infoHash: TORRENT, ciphers: undefined, payload: new Uint8Array() });
          expect([a.rest.length, b.rest.length]).toEqual([0, 0]);
        },
      ),
      { seed: 3, numRuns: 60 },
    );
  });

  it('leaves what follows it alone, to be read as plain text', () => {
    const a = Side.initiator();
    const b = Side.responder();
    b.push(a.take());
    a.push(b.take());
    b.push(Buffer.concat([a.take(), Buffer.from('more')]));
    a.push(Buffer.concat([b.take(), Buffer.from('answer')]));
    expect(Buffer.from(b.rest).toString()).toBe('more');
    expect(Buffer.from(a.rest).toString()).toBe('answer');
  });

  it('never sends the info-hash, nor the payload, as it is', () => {
    const a = Side.initiator();
    const b = Side.responder();
    const first = a.take();
    b.push(first);
    a.push(b.take());
    const said = Buffer.concat([first, a.take()]);
    expect(said.includes(Buffer.from(TORRENT))).toBe(false);
    expect(said.includes(Buffer.from(HELLO))).toBe(false);
  });

  it('goes on in RC4 with a peer that offers nothing else', async () => {
    const b = Side.responder();
    let theirs = createMseCipher('responder', new Uint8Array(MSE_KEY_LENGTH), TORRENT);
    await craft(b, ({ secret, encrypted }) => {
      theirs = createMseCipher('responder', secret, TORRENT);
      const offer = encrypted(encodeMethods(RC4), uint16(HELLO.length), HELLO, Buffer.from('more'));
      return [...marks(secret), offer];
    });
    const answer = Uint8Array.from(b.take());
    theirs.apply(answer, answer);
    expect(answer).toEqual(encodeMethods(RC4));
    expect(b.agreement?.payload).toEqual(HELLO);
    const rest = Uint8Array.from(b.rest);
    b.agreement?.ciphers?.decrypt.apply(rest, rest);
    expect(Buffer.from(rest).toString()).toBe('more');
    const ours = Uint8Array.from(Buffer.from('ours'));
    b.agreement?.ciphers?.encrypt.apply(ours, ours);
    theirs.apply(ours, ours);
    expect(Buffer.from(ours).toString()).toBe('ours');
  });

  it.each([
    [RC4, true],
    [PLAINTEXT, false],
  ])('takes the method %i that the peer chose, and its padding', (method, isEncrypted) => {
    const { a, answer } = withCraftedAnswer(method, MSE_MAX_PAD);
    a.push(answer);
    expect(a.agreement?.ciphers !== undefined).toBe(isEncrypted);
  });

  it.each([0, 3, 4])('refuses the choice %i, which is no method', (method) => {
    const { a, answer } = withCraftedAnswer(method, 0);
    expect(() => a.push(answer)).toThrow(expect.objectContaining({ code: 'SHOAL_MSE_NO_METHOD' }));
  });

  it('refuses a choice that was not offered', () => {
    const { a, answer } = withCraftedAnswer(PLAINTEXT, 0, ['rc4']);
    expect(() => a.push(answer)).toThrow(expect.objectContaining({ code: 'SHOAL_MSE_NO_METHOD' }));
  });
});

/** An initiator, and an answer made by hand. */
function withCraftedAnswer(
  method: number,
  padLength: number,
  methods = EVERY_METHOD,
): { a: Side; answer: Uint8Array } {
  const a = Side.initiator({ methods });
  const keys = createKeys();
  const secret = keys.secretWith(a.take(MSE_KEY_LENGTH));
  a.push(keys.publicKey);
  const head = encodeMethods(method);
  head.set(uint16(padLength), head.length - 2);
  const answer = Buffer.concat([head, new Uint8Array(padLength)]);
  createMseCipher('responder', secret, TORRENT).apply(answer, answer);
  return { a, answer };
}

describe('a hostile peer', () => {
  it('that never comes to the point is refused after the longest padding', async () => {
    const short = Side.responder();
    await craft(short, () => [new Uint8Array(MSE_MAX_PAD + 19)]);
    await expect(craft(Side.responder(), () => [new Uint8Array(MSE_MAX_PAD + 20)])).rejects.toMatchObject({
      code: 'SHOAL_MSE_NO_SYNC',
      remedy: expect.any(String) as string,
    });
    const a = Side.initiator();
    a.push(createKeys().publicKey);
    a.push(new Uint8Array(MSE_MAX_PAD + 7));
    expect(() => a.push(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'SHOAL_MSE_NO_SYNC' }));
  });

  it('that wants a torrent that is not here learns nothing', async () => {
    const b = Side.responder();
    const other = wireInfoHash(new Uint8Array(20).fill(8));
    await expect(craft(b, ({ secret }) => marks(secret, other))).rejects.toMatchObject({
      code: 'SHOAL_MSE_UNKNOWN_TORRENT',
    });
    expect(b.sent).toHaveLength(0);
  });

  it.each([
    ['a wrong verification constant', 'SHOAL_MSE_BAD_VERIFICATION', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 1)],
    ['no method', 'SHOAL_MSE_NO_METHOD', encodeMethods(0)],
    ['an unknown method', 'SHOAL_MSE_NO_METHOD', encodeMethods(0x80000004)],
    ['padding too long', 'SHOAL_MSE_TOO_LONG', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 2, 1)],
    [
      'a payload too long',
      'SHOAL_MSE_TOO_LONG',
      Buffer.concat([encodeMethods(RC4), uint16(MAX_INITIAL_PAYLOAD + 1)]),
    ],
  ])('with %s is refused at once', async (_, code, said) => {
    const b = Side.responder();
    const crafted = craft(b, ({ secret, encrypted }) => [...marks(secret), encrypted(said)]);
    await expect(crafted).rejects.toMatchObject({ code });
    expect(b.sent).toHaveLength(0);
  });

  it('costs no key before it has sent its own', () => {
    let made = 0;
    const reader = new ExchangeReader(
      respondMse({
        createKeys: () => {
          made += 1;
          return createKeys();
        },
        pad: new Uint8Array(),
        send: () => undefined,
        findTorrent: findOnly(TORRENT),
      }),
    );
    reader.push(new Uint8Array(MSE_KEY_LENGTH - 1));
    expect(made).toBe(0);
  });
});
