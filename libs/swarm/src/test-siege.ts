import { createHash } from 'node:crypto';
import {
  Bitfield,
  BLOCK_SIZE,
  type BlockRange,
  type HashRange,
  merkleRoot,
  type PeerMessage,
  WireError,
} from '@shoal/protocol';
import { MAX_QUEUED_REQUESTS, MAX_WINDOW, MIN_REQUEST_TIMEOUT, TICK_INTERVAL } from './constants.ts';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { createTestCore } from './test-core.ts';
import type { TorrentCore } from './torrent-core.ts';

export const PIECES = 6;
export const BLOCKS = 3;
/** Bytes of the last block of each piece. */
export const LAST_BLOCK = 1_000;
const PIECE_SIZE = (BLOCKS - 1) * BLOCK_SIZE + LAST_BLOCK;
/** Leaves of a piece's Merkle tree. */
const LEAVES = 4;
/** This piece ends in padding: its last block is never asked for. */
const PADDED_PIECE = 2;
const BUFFERS = 2;

/** A request of ours. */
interface Asked extends BlockRange {
  readonly sentAt: number;
}

/** What the shell knows of a peer. */
interface SiegePeer {
  readonly handle: PeerHandle;
  readonly fast: boolean;
  state: 'connected' | 'closing' | 'gone';
  requestLimit: number;
  /** Our requests that it has not answered, and that cannot have been given up. */
  asked: Asked[];
  /** Those that may have been given up. */
  overdue: Asked[];
  lastBlockAt: number;
  /** The block that it is sending, and where it goes. */
  arriving: { readonly block: BlockRange; target: Slot | undefined } | undefined;
  /** What hashes we asked it for. */
  hashRequest: HashRange | undefined;
  hasSentBadBytes: boolean;
}

interface SiegeBuffer {
  readonly piece: number;
  readonly digests: Buffer[];
  isVerifying: boolean;
  wantsDigests: boolean;
}

/**
 * A shell around a core among peers that may do anything. It holds the core to what it promises: buffers are opened once and
 * given back once, nothing is sent to a peer that is to be closed, no more is asked of a peer than it takes, no bytes land in a
 * buffer that is being hashed, nobody is banned who sent nothing bad.
 */
export class Siege implements CoreSink {
  readonly core: TorrentCore;
  readonly have = Bitfield.none(PIECES);
  readonly peers: SiegePeer[] = [];
  now = 0;
  readonly #buffers = new Map<Slot, SiegeBuffer>();
  #nextSlot = 0;
  #isDraining = false;
  #isCompleted = false;

  constructor(init: { readonly seed: number; readonly isV2: boolean }) {
    this.core = createTestCore(
      { clock: { now: () => this.now }, sink: this },
      {
        seed: init.seed,
        have: this.have,
        pieceSize: PIECE_SIZE,
        payloadSize: (piece) => (piece === PADDED_PIECE ? BLOCK_SIZE : PIECE_SIZE),
        ...(init.isV2 ? { trees: treeOf } : {}),
      },
    );
  }

  /** Buffers that are not given back. */
  get buffersInUse(): number {
    return this.#buffers.size;
  }

  connect(fast: boolean): SiegePeer {
    const handle = this.core.addPeer({ fast, v2: fast, fastSet: [0, 1, 2] });
    const peer: SiegePeer = {
      handle,
      fast,
      state: 'connected',
      requestLimit: MAX_WINDOW,
      asked: [],
      overdue: [],
      lastBlockAt: this.now,
      arriving: undefined,
      hashRequest: undefined,
      hasSentBadBytes: false,
    };
    this.peers.push(peer);
    this.core.greet(handle);
    return peer;
  }

  setLimit(peer: SiegePeer, blocks: number): void {
    peer.requestLimit = blocks;
    this.core.setRequestLimit(peer.handle, blocks);
  }

  /** A message of the peer, which cannot come in the middle of a block. A malformed bitfield disconnects it. */
  say(peer: SiegePeer, message: PeerMessage): void {
    this.endBlock(peer, true);
    if (peer.state !== 'connected') return;
    if (message.type === 'choke' && !peer.fast) peer.asked = [];
    if (message.type === 'reject') peer.asked = peer.asked.filter((block) => !isSame(block, message));
    try {
      this.core.onMessage(peer.handle, message);
    } catch (error) {
      if (!(error instanceof WireError) || message.type !== 'bitfield') throw error;
      this.remove(peer);
    }
  }

  beginBlock(peer: SiegePeer, block: BlockRange): void {
    this.endBlock(peer, true);
    if (peer.state !== 'connected') return;
    const target = this.core.onBlockStart(peer.handle, block.piece, block.begin, block.length);
    peer.arriving = { block, target };
    if (target === undefined) return;
    const buffer = this.#bufferOf(target);
    check(
      buffer.piece === block.piece && !buffer.isVerifying,
      'a buffer of another piece, or one being hashed',
    );
  }

  /** The block that the peer is sending has come in whole. */
  endBlock(peer: SiegePeer, isGood: boolean): void {
    const { arriving } = peer;
    if (arriving === undefined) return;
    peer.arriving = undefined;
    const { block, target } = arriving;
    if (target !== undefined) {
      const buffer = this.#bufferOf(target);
      check(!buffer.isVerifying, 'bytes for a buffer that is being hashed');
      const index = block.begin / BLOCK_SIZE;
      buffer.digests[index] = isGood ? digestOf(block.piece, index) : digestOf(-1, index);
      peer.hasSentBadBytes ||= !isGood;
      peer.lastBlockAt = this.now;
    }
    if (peer.state !== 'connected') return;
    peer.asked = peer.asked.filter((asked) => !isSame(asked, block));
    peer.overdue = peer.overdue.filter((asked) => !isSame(asked, block));
    const isUseful = this.core.onBlockEnd(peer.handle, block.length);
    check(
      isUseful === (target !== undefined),
      'a block in a buffer that counts as wasted, or the other way round',
    );
  }

  /** Hashing a piece has ended, as its bytes are, or because the disk failed. */
  settle(isFailure: boolean): void {
    const [slot, buffer] = [...this.#buffers].find(([, { isVerifying }]) => isVerifying) ?? [];
    if (slot === undefined || buffer === undefined) return;
    buffer.isVerifying = false;
    const { piece } = buffer;
    const digests = Buffer.concat(buffer.digests);
    if (isFailure) this.core.pieceFailed(piece);
    else if (digests.equals(digestsOf(piece)))
      this.core.pieceVerified(piece, buffer.wantsDigests ? digests : undefined);
    else this.core.pieceRejected(piece, digests);
  }

  /** Answers what we asked the peer for hashes with those of the torrent. */
  answerHashes(peer: SiegePeer): void {
    const range = peer.hashRequest;
    if (range === undefined) return;
    peer.hashRequest = undefined;
    this.say(peer, { ...range, type: 'hashes', hashes: leavesOf(range.index / LEAVES) });
  }

  /** Sends what peers wait for. */
  drain(peer: SiegePeer): void {
    this.#isDraining = true;
    const bytes = this.core.drainUploads(peer.handle, Infinity);
    this.#isDraining = false;
    check(bytes <= MAX_QUEUED_REQUESTS * BLOCK_SIZE, 'more requests kept than the bound');
  }

  tick(milliseconds: number): void {
    this.now += milliseconds;
    const oldest = this.now - MIN_REQUEST_TIMEOUT;
    for (const peer of this.peers) {
      const isLate = ({ sentAt }: Asked): boolean => sentAt <= oldest || peer.lastBlockAt <= oldest;
      peer.overdue.push(...peer.asked.filter(isLate));
      peer.asked = peer.asked.filter((asked) => !isLate(asked));
    }
    this.core.tick();
  }

  /** The peer's connection is gone. */
  remove(peer: SiegePeer): void {
    if (peer.state === 'gone') return;
    peer.state = 'gone';
    peer.arriving = undefined;
    this.core.removePeer(peer.handle);
  }

  /** Answers the core's wish to close connections. */
  removeClosed(): void {
    for (const peer of this.peers) if (peer.state === 'closing') this.remove(peer);
  }

  /** Lets an honest peer answer everything, and the others nothing, until all is here or `limit` milliseconds passed. */
  completeWith(honest: SiegePeer, limit: number): void {
    for (const end = this.now + limit; this.now < end && !this.have.isComplete;) {
      this.removeClosed();
      for (const block of [...honest.asked, ...honest.overdue]) {
        this.beginBlock(honest, block);
        this.endBlock(honest, true);
      }
      this.answerHashes(honest);
      for (let count = 0; count < BUFFERS; count += 1) this.settle(false);
      this.tick(TICK_INTERVAL);
    }
    check(this.have.isComplete === this.#isCompleted, 'complete without saying so');
  }

  send(to: PeerHandle, message: PeerMessage): void {
    const peer = this.#peer(to);
    check(peer.state === 'connected', `${message.type} to a peer that is ${peer.state}`);
    if (message.type === 'hash-request') peer.hashRequest = message;
    if (message.type === 'cancel') peer.asked = peer.asked.filter((block) => !isSame(block, message));
    if (message.type !== 'request') return;
    const { piece, begin, length } = message;
    check(begin + length <= PIECE_SIZE && !this.have.has(piece), 'a request that is of no use');
    if (peer.asked.length === 0) peer.lastBlockAt = this.now;
    peer.asked.push({ piece, begin, length, sentAt: this.now });
    check(peer.asked.length <= peer.requestLimit, 'more requests than the peer takes');
  }

  uploadsWaiting(handle: PeerHandle): void {
    check(this.#peer(handle).state === 'connected', 'uploads to a peer that is not there');
  }

  sendBlock(handle: PeerHandle, { piece, begin, length }: BlockRange): void {
    check(this.#isDraining && this.#peer(handle).state !== 'gone', 'a block that nobody can be sent');
    check(this.have.has(piece) && begin + length <= PIECE_SIZE, 'a block that we do not have');
  }

  stopReceiving(handle: PeerHandle): void {
    const { arriving } = this.#peer(handle);
    if (arriving !== undefined) arriving.target = undefined;
  }

  openPiece(piece: number): Slot | undefined {
    if (this.#buffers.size >= BUFFERS) return undefined;
    for (const buffer of this.#buffers.values()) check(buffer.piece !== piece, 'a piece in two buffers');
    check(!this.have.has(piece), 'a piece that we have');
    const slot = this.#nextSlot as Slot;
    this.#nextSlot += 1;
    this.#buffers.set(slot, { piece, digests: [], isVerifying: false, wantsDigests: false });
    return slot;
  }

  verifyPiece(piece: number, slot: Slot, wantsDigests: boolean): void {
    const buffer = this.#bufferOf(slot);
    check(
      buffer.piece === piece && !buffer.isVerifying,
      'a buffer that is being hashed, or of another piece',
    );
    check(Object.keys(buffer.digests).length === blocksOf(piece), 'a piece with blocks missing');
    buffer.isVerifying = true;
    buffer.wantsDigests = wantsDigests;
  }

  releasePiece(piece: number, slot: Slot): void {
    const buffer = this.#bufferOf(slot);
    check(buffer.piece === piece && !buffer.isVerifying, 'a buffer given back while it is hashed');
    this.#buffers.delete(slot);
    for (const { arriving } of this.peers)
      check(arriving?.target !== slot, 'a buffer given back that bytes come to');
  }

  closePeer(handle: PeerHandle): void {
    const peer = this.#peer(handle);
    check(peer.state === 'connected', 'a peer closed twice');
    peer.state = 'closing';
  }

  banPeer(handle: PeerHandle): void {
    check(this.#peer(handle).hasSentBadBytes, 'a ban for nothing');
  }

  completed(): void {
    check(this.have.isComplete && !this.#isCompleted, 'completed twice, or too early');
    this.#isCompleted = true;
  }

  #peer(handle: PeerHandle): SiegePeer {
    const peer = this.peers[handle];
    if (peer === undefined) throw new Error(`no peer ${handle}`);
    return peer;
  }

  #bufferOf(slot: Slot): SiegeBuffer {
    const buffer = this.#buffers.get(slot);
    if (buffer === undefined) throw new Error(`buffer ${slot} was given back`);
    return buffer;
  }
}

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

function isSame(a: BlockRange, b: BlockRange): boolean {
  return a.piece === b.piece && a.begin === b.begin;
}

/** Blocks that are asked for. */
function blocksOf(piece: number): number {
  return piece === PADDED_PIECE ? 1 : BLOCKS;
}

function digestOf(piece: number, block: number): Buffer {
  return createHash('sha256').update(`${piece}:${block}`).digest();
}

function digestsOf(piece: number): Buffer {
  return Buffer.concat(Array.from({ length: blocksOf(piece) }, (_, block) => digestOf(piece, block)));
}

function leavesOf(piece: number): Buffer {
  return Buffer.concat([digestsOf(piece), Buffer.alloc(32 * LEAVES)], 32 * LEAVES);
}

function treeOf(piece: number) {
  const root = merkleRoot(leavesOf(piece), LEAVES);
  return { piecesRoot: new Uint8Array(32), firstLeaf: piece * LEAVES, width: LEAVES, root };
}
