import type { BlockRange, PeerMessage } from '@shoal/protocol';
import { TICK_INTERVAL } from './constants.ts';
import type { CoreSink, PeerHandle, Slot } from './core-sink.ts';
import { createTestCore, type TestCoreInit } from './test-core.ts';
import type { TorrentCore } from './torrent-core.ts';

/** The messages of one type. */
type MessageOf<T, M = PeerMessage> = M extends { type: infer U }
  ? T extends U
    ? Omit<M, 'type'> & { type: T }
    : never
  : never;

/** A shell that keeps what its core did, on a clock of its own. For tests. */
export class Recorder implements CoreSink {
  /** Milliseconds. */
  now = 0;
  sent: [PeerHandle, PeerMessage][] = [];
  blocks: [PeerHandle, BlockRange][] = [];
  stopped: PeerHandle[] = [];
  verifying: number[] = [];
  closed: [PeerHandle, string][] = [];
  waiting: PeerHandle[] = [];
  /** Buffers that are free. */
  slots = Infinity;
  isCompleted = false;

  createCore(init: TestCoreInit): TorrentCore {
    return createTestCore({ clock: { now: () => this.now }, sink: this }, init);
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    this.sent.push([peer, message]);
  }

  uploadsWaiting(peer: PeerHandle): void {
    this.waiting.push(peer);
  }

  sendBlock(peer: PeerHandle, block: BlockRange): void {
    this.blocks.push([peer, block]);
  }

  stopReceiving(peer: PeerHandle): void {
    this.stopped.push(peer);
  }

  openPiece(piece: number): Slot | undefined {
    if (this.slots === 0) return undefined;
    this.slots -= 1;
    return piece as Slot;
  }

  verifyPiece(piece: number): void {
    this.verifying.push(piece);
  }

  releasePiece(): void {
    this.slots += 1;
  }

  closePeer(peer: PeerHandle, reason: string): void {
    this.closed.push([peer, reason]);
  }

  banPeer(): void {
    // Who is banned is for tests of their own, with bytes that are bad.
  }

  completed(): void {
    this.isCompleted = true;
  }

  /** Takes the messages of one type sent to a peer since the last call. */
  take<T extends PeerMessage['type']>(peer: PeerHandle, type: T): MessageOf<T>[] {
    const taken = this.sent.filter(([to, message]) => to === peer && message.type === type);
    this.sent = this.sent.filter((entry) => !taken.includes(entry));
    return taken.map(([, message]) => message as MessageOf<T>);
  }

  /** Lets time pass in steps of a tick. */
  pass(core: TorrentCore, milliseconds: number): void {
    for (const end = this.now + milliseconds; this.now < end;) {
      this.now += TICK_INTERVAL;
      core.tick();
    }
  }
}

/** Adds a peer that has nothing and wants something. */
export function addLeecher(core: TorrentCore): PeerHandle {
  const peer = core.addPeer({ fast: true });
  core.onMessage(peer, { type: 'have-none' });
  core.onMessage(peer, { type: 'interested' });
  return peer;
}

/** Answers a request in full; returns whether the block was wanted when it began. */
export function deliver(core: TorrentCore, peer: PeerHandle, { piece, begin, length }: BlockRange): boolean {
  const slot = core.onBlockStart(peer, piece, begin, length);
  core.onBlockEnd(peer, length);
  return slot !== undefined;
}
