import { createHash } from 'node:crypto';
import { Bitfield, BLOCK_SIZE, type BlockRange, merkleRoot, type PeerMessage } from '@shoal/protocol';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { TICK_INTERVAL } from './constants.ts';
import { createSeededRandom, type Random } from './random.ts';
import { createTestCore } from './test-core.ts';
import type { TorrentCore } from './torrent-core.ts';

const HASHING_TIME = 2;

export interface TestSwarmInit {
  readonly pieces: number;
  readonly blocksPerPiece: number;
  /** Pieces that may be received at the same time. */
  readonly buffers: number;
  /** Whether the torrent has Merkle trees and its peers answer hash requests. */
  readonly isV2: boolean;
  readonly seed: number;
}

/** A peer that has everything and answers requests after a while. */
export interface TestPeer {
  readonly handle: PeerHandle;
  /** Share of its blocks that are bad, in percent. */
  readonly badPercent: number;
  /** Requests it has not answered. */
  outstanding: number;
  badTaken: number;
  /** Bad blocks taken after its first one was in a piece that failed, and how many were asked for at that time. */
  badTakenAfter: number;
  outstandingThen: number | undefined;
  isBanned: boolean;
  isConnected: boolean;
}

/** A piece as it arrives: digests stand for the bytes. */
interface ArrivingPiece {
  readonly digests: Buffer[];
  readonly senders: (TestPeer | undefined)[];
}

/** One core that fetches everything from scripted peers, in virtual time. */
export class TestSwarm implements CoreSink {
  readonly core: TorrentCore;
  readonly have: Bitfield;
  readonly peers: TestPeer[] = [];
  isCompleted = false;
  now = 0;
  readonly #init: TestSwarmInit;
  readonly #random: Random;
  readonly #arriving = new Map<number, ArrivingPiece>();
  readonly #events: { readonly at: number; readonly action: () => void }[] = [];

  constructor(init: TestSwarmInit) {
    this.#init = init;
    this.#random = createSeededRandom(init.seed);
    this.have = Bitfield.none(init.pieces);
    this.core = createTestCore(
      { clock: { now: () => this.now }, sink: this },
      {
        seed: init.seed + 1,
        have: this.have,
        pieceSize: init.blocksPerPiece * BLOCK_SIZE,
        ...(init.isV2 ? { trees: (piece) => this.#treeOf(piece) } : {}),
      },
    );
    this.#scheduleTick();
  }

  /** @param requestLimit how many requests it keeps queued */
  addPeer(badPercent: number, requestLimit = 64): TestPeer {
    const handle = this.core.addPeer({ fast: true, v2: this.#init.isV2 });
    const peer: TestPeer = {
      handle,
      badPercent,
      outstanding: 0,
      badTaken: 0,
      badTakenAfter: 0,
      outstandingThen: undefined,
      isBanned: false,
      isConnected: true,
    };
    this.peers.push(peer);
    this.core.setRequestLimit(handle, requestLimit);
    this.core.onMessage(handle, { type: 'have-all' });
    this.core.onMessage(handle, { type: 'unchoke' });
    return peer;
  }

  /** Lets time pass until everything is here, or `limit` milliseconds. */
  run(limit: number): void {
    while (!this.isCompleted) {
      const next = this.#events.reduce((a, b) => (b.at < a.at ? b : a));
      if (next.at > limit) return;
      this.#events.splice(this.#events.indexOf(next), 1);
      this.now = next.at;
      next.action();
    }
  }

  send(to: PeerHandle, message: PeerMessage): void {
    const peer = this.#peer(to);
    if (message.type === 'request') {
      peer.outstanding += 1;
      this.#after(1 + this.#random.below(20), () => this.#answer(peer, message));
    } else if (message.type === 'hash-request') {
      this.#after(1 + this.#random.below(20), () => {
        const piece = message.index / this.#init.blocksPerPiece;
        const hashes = Buffer.concat(this.#goodDigests(piece));
        if (peer.isConnected) this.core.onMessage(to, { ...message, type: 'hashes', hashes });
      });
    }
  }

  uploadsWaiting(): void {
    throw new Error('nobody asks us for anything');
  }
  sendBlock(): void {
    throw new Error('nobody asks us for anything');
  }
  stopReceiving(): void {
    // A block arrives whole, in one moment.
  }

  openPiece(piece: number): Slot | undefined {
    if (this.#arriving.size >= this.#init.buffers) return undefined;
    this.#arriving.set(piece, { digests: [], senders: [] });
    return piece as Slot;
  }

  verifyPiece(piece: number, _slot: Slot, wantsDigests: boolean): void {
    this.#after(HASHING_TIME, () => {
      const { digests, senders } = this.#arrivingPiece(piece);
      const good = this.#goodDigests(piece);
      const isBad = (block: number): boolean => !good[block]?.equals(digests[block] ?? Buffer.alloc(0));
      for (const [block, sender] of senders.entries()) {
        if (sender !== undefined && isBad(block)) sender.outstandingThen ??= sender.outstanding;
      }
      if (digests.some((_, block) => isBad(block))) this.core.pieceRejected(piece, Buffer.concat(digests));
      else this.core.pieceVerified(piece, wantsDigests ? Buffer.concat(digests) : undefined);
    });
  }

  releasePiece(piece: number): void {
    this.#arriving.delete(piece);
  }
  closePeer(handle: PeerHandle): void {
    this.#after(0, () => {
      this.#peer(handle).isConnected = false;
      this.core.removePeer(handle);
    });
  }
  banPeer(handle: PeerHandle): void {
    this.#peer(handle).isBanned = true;
  }
  completed(): void {
    this.isCompleted = true;
  }

  #answer(peer: TestPeer, { piece, begin, length }: BlockRange): void {
    peer.outstanding -= 1;
    if (!peer.isConnected) return;
    const block = begin / BLOCK_SIZE;
    const isBad = this.#random.below(100) < peer.badPercent;
    const isWanted = this.core.onBlockStart(peer.handle, piece, begin, length) !== undefined;
    if (isWanted) {
      const arriving = this.#arrivingPiece(piece);
      const good = digestOf(`${piece}:${block}`);
      arriving.digests[block] = isBad ? digestOf(`bad ${this.#random.below(2 ** 31)}`) : good;
      arriving.senders[block] = peer;
      if (isBad) peer.badTaken += 1;
      if (isBad && peer.outstandingThen !== undefined) peer.badTakenAfter += 1;
    }
    this.core.onBlockEnd(peer.handle, length);
  }

  #treeOf(piece: number) {
    const width = this.#init.blocksPerPiece;
    return {
      piecesRoot: new Uint8Array(32),
      firstLeaf: piece * width,
      width,
      root: merkleRoot(Buffer.concat(this.#goodDigests(piece)), width),
    };
  }

  #arrivingPiece(piece: number): ArrivingPiece {
    const arriving = this.#arriving.get(piece);
    if (arriving === undefined) throw new Error(`piece ${piece} is not open`);
    return arriving;
  }

  #goodDigests(piece: number): Buffer[] {
    return Array.from({ length: this.#init.blocksPerPiece }, (_, block) => digestOf(`${piece}:${block}`));
  }

  #peer(handle: PeerHandle): TestPeer {
    const peer = this.peers.find((candidate) => candidate.handle === handle);
    if (peer === undefined) throw new Error(`no peer ${handle}`);
    return peer;
  }

  #after(delay: number, action: () => void): void {
    this.#events.push({ at: this.now + delay, action });
  }

  #scheduleTick(): void {
    this.#after(TICK_INTERVAL, () => {
      this.core.tick();
      this.#scheduleTick();
    });
  }
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
