import { createHash } from 'node:crypto';
import {
  encodeHandshake,
  type Exchange,
  ExchangeReader,
  initiateMse,
  MSE_KEY_LENGTH,
  MSE_MAX_PAD,
  type MseAgreement,
  MseError,
  Rc4,
  respondMse,
  torrentMark,
  wireInfoHash,
} from '@shoal/protocol';
import type { FuzzTarget } from '../engine/fuzz-target.ts';
import { check, unlessRefused } from './refusals.ts';

const TORRENT = wireInfoHash(new Uint8Array(20).fill(3));
/** Both sides always come to this secret: a handshake can then be written down beforehand. */
const SECRET = new Uint8Array(MSE_KEY_LENGTH).fill(9);
const PUBLIC_KEY = new Uint8Array(MSE_KEY_LENGTH).fill(5);
const DROPPED = 1_024;
/** Our key and padding, and an answer or a short offer: nobody can make us say more. */
const MOST_SENT = MSE_KEY_LENGTH + MSE_MAX_PAD + 40 + 16;

/** What a peer says encrypted, or a mutation of it, to a side of a handshake. */
interface Stage {
  /** What goes before it. */
  readonly before: Uint8Array;
  readonly cipher: 'keyA' | 'keyB' | undefined;
  readonly begin: (send: (bytes: Uint8Array) => void) => Exchange<MseAgreement>;
}

const common = {
  createKeys: () => ({ publicKey: PUBLIC_KEY, secretWith: () => SECRET }),
  pad: new Uint8Array(MSE_MAX_PAD),
};
const respond: Stage['begin'] = (send) =>
  respondMse({ ...common, send, findTorrent: (mark) => (isMark(mark) ? TORRENT : undefined) });
const initiate: Stage['begin'] = (send) =>
  initiateMse({
    ...common,
    send,
    infoHash: TORRENT,
    methods: ['plaintext', 'rc4'],
    payload: new Uint8Array(),
  });

const STAGES: readonly Stage[] = [
  { before: new Uint8Array(), cipher: undefined, begin: respond },
  { before: concat(PUBLIC_KEY, sha1('req1', SECRET), maskedMark()), cipher: 'keyA', begin: respond },
  { before: PUBLIC_KEY, cipher: 'keyB', begin: initiate },
];

/** An encrypted handshake (MSE), of either side: what was agreed is the same however it is cut, and never more than came. */
export function mseTarget(): FuzzTarget {
  return {
    name: 'mse',
    covers: ['initiateMse', 'respondMse', 'ExchangeReader', 'Rc4'],
    corpus: [offer(3), offer(2, 100), offer(1, MSE_MAX_PAD)],
    run(input, random) {
      for (const stage of STAGES) {
        const stream = concat(stage.before, encrypted(stage.cipher, input));
        const whole = feed(stage, stream, () => stream.length);
        const cut = feed(stage, stream, () => 1 + random.below(300));
        check(whole === cut, 'another outcome in other chunks');
      }
    },
  };
}

/** Feeds one side in chunks. Returns what it came to, as text. */
function feed({ begin }: Stage, stream: Uint8Array, nextChunk: () => number): string {
  let sent = 0;
  const reader = new ExchangeReader(begin((bytes) => (sent += bytes.length)));
  const outcome = unlessRefused(() => {
    for (let at = 0; at < stream.length;) {
      const end = Math.min(stream.length, at + nextChunk());
      // It may be overwritten as soon as it was taken.
      const chunk = Uint8Array.from(stream.subarray(at, end));
      const finished = reader.push(chunk);
      if (finished !== undefined) {
        const { ciphers, payload } = finished.result;
        const left = finished.rest.length + stream.length - end;
        check(payload.length + left <= stream.length, 'more in it than came');
        return `${ciphers === undefined ? 'plain' : 'rc4'} ${toHex(payload)} ${left}`;
      }
      chunk.fill(0xff);
      at = end;
    }
    return 'waits';
  }, MseError);
  check(sent <= MOST_SENT, 'says more than it should');
  return outcome ?? 'refused';
}

/** Methods, padding and a handshake, as the initiator sends them. */
function offer(methods: number, padding = 0): Uint8Array {
  const peerId = new Uint8Array(20).fill(1);
  const hello = encodeHandshake({ infoHash: TORRENT, peerId, extensions: true, fast: true, v2: true });
  const head = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, methods, padding >> 8, padding);
  return concat(head, new Uint8Array(padding), Uint8Array.of(0, hello.length), hello);
}

function encrypted(label: Stage['cipher'], plain: Uint8Array): Uint8Array {
  if (label === undefined) return plain;
  const cipher = new Rc4(sha1(label, SECRET, TORRENT));
  cipher.skip(DROPPED);
  const bytes = Uint8Array.from(plain);
  cipher.apply(bytes, bytes);
  return bytes;
}

function isMark(mark: Uint8Array): boolean {
  return Buffer.compare(mark, torrentMark(TORRENT)) === 0;
}

function maskedMark(): Uint8Array {
  const mask = sha1('req3', SECRET);
  return torrentMark(TORRENT).map((byte, index) => byte ^ (mask[index] ?? 0));
}

function sha1(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const digest = createHash('sha1').update(label);
  for (const part of parts) digest.update(part);
  return digest.digest();
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

function toHex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
