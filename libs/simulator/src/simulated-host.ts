import { Bitfield, type BlockRange, type PeerMessage } from '@shoal/protocol';
import {
  type CoreSink,
  createSeededRandom,
  createTorrentCore,
  type PeerHandle,
  type PieceGeometry,
  type Slot,
  TICK_INTERVAL,
  type TorrentCore,
} from '@shoal/swarm';
import { BLOCK_HEADER, SEND_AHEAD, SMALL_MESSAGE, VERIFY_DELAY } from './constants.ts';
import type { HostPolicies } from './host-policies.ts';
import { Link } from './link.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** Told of every message and block that reaches a host, in order. */
export type TraceListener = (to: number, what: string) => void;

export interface SimulatedHostInit {
  /** Position among the hosts. */
  readonly index: number;
  readonly geometry: PieceGeometry;
  readonly policies: HostPolicies;
  readonly isSeeder: boolean;
  /** Bytes per second. */
  readonly upRate: number;
  readonly downRate: number;
  /** One way, in milliseconds. */
  readonly latency: number;
  readonly seed: number;
  readonly uploadSlots?: number | undefined;
  readonly onTrace: TraceListener;
}

/** The other end of a connection. */
interface RemoteEnd {
  readonly host: SimulatedHost;
  /** What the other host calls us. */
  readonly handle: PeerHandle;
}

/** A shell around a core as libs/session is one, on a virtual network: blocks are sizes, hashing is a delay. */
export class SimulatedHost implements CoreSink {
  readonly init: SimulatedHostInit;
  readonly have: Bitfield;
  readonly #clock: VirtualClock;
  readonly #core: TorrentCore;
  readonly #up: Link;
  readonly #down: Link;
  readonly #remotes = new Map<PeerHandle, RemoteEnd>();
  /** Peers with requests to be served, in turn. */
  #waiting: PeerHandle[] = [];
  #isPumping = false;
  #nextSlot = 0;
  #completedAt: number | undefined;
  #sentBytes = 0;
  #receivedBytes = 0;
  #isGone = false;

  constructor(clock: VirtualClock, init: SimulatedHostInit) {
    const { geometry, isSeeder } = init;
    const random = createSeededRandom(init.seed);
    this.init = init;
    this.have = isSeeder ? Bitfield.all(geometry.pieceCount) : Bitfield.none(geometry.pieceCount);
    this.#clock = clock;
    this.#up = new Link(clock, init.upRate);
    this.#down = new Link(clock, init.downRate);
    this.#core = createTorrentCore(
      {
        clock,
        random,
        sink: this,
        picker: init.policies.picker(random),
        chokers: {
          leeching: init.policies.leechingChoker(random),
          seeding: init.policies.seedingChoker(random),
        },
      },
      {
        geometry,
        have: this.have,
        ...(init.uploadSlots === undefined ? {} : { uploadSlots: init.uploadSlots }),
      },
    );
    this.#scheduleTick();
  }

  /** Milliseconds; undefined while pieces are missing, and for a seeder. */
  get completedAt(): number | undefined {
    return this.#completedAt;
  }

  /** Payload bytes sent. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Payload bytes received. */
  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Whether it was killed. */
  get isGone(): boolean {
    return this.#isGone;
  }

  /** Payload bytes that came in vain. */
  get wastedBytes(): number {
    return this.#core.wastedBytes;
  }

  /** Connects two hosts, if both are there. */
  static connect(a: SimulatedHost, b: SimulatedHost): void {
    if (a.#isGone || b.#isGone) return;
    const handleOfB = a.#core.addPeer({ fast: true });
    const handleOfA = b.#core.addPeer({ fast: true });
    a.#remotes.set(handleOfB, { host: b, handle: handleOfA });
    b.#remotes.set(handleOfA, { host: a, handle: handleOfB });
    a.#core.greet(handleOfB);
    b.#core.greet(handleOfA);
  }

  /** Goes for good: its connections break, what it had queued is lost. */
  kill(): void {
    this.#isGone = true;
    for (const [handle, remote] of [...this.#remotes]) {
      this.#disconnect(handle);
      this.#clock.after(this.init.latency, () => remote.host.#disconnect(remote.handle));
    }
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    // The bitfield is the host's own and changes while the message is under way.
    const sent = message.type === 'bitfield' ? { ...message, bits: Uint8Array.from(message.bits) } : message;
    this.#transmit(peer, SMALL_MESSAGE, (host, handle) => {
      host.#trace(sent.type);
      host.#core.onMessage(handle, sent);
    });
  }

  uploadsWaiting(peer: PeerHandle): void {
    if (!this.#waiting.includes(peer)) this.#waiting.push(peer);
    this.#clock.after(0, () => this.#pump());
  }

  sendBlock(peer: PeerHandle, { piece, begin, length }: BlockRange): void {
    this.#sentBytes += length;
    this.#transmit(peer, BLOCK_HEADER + length, (host, handle) => {
      host.#trace(`block ${piece} ${begin}`);
      host.#core.onBlockStart(handle, piece, begin, length);
      host.#receivedBytes += length;
      host.#core.onBlockEnd(handle, length);
    });
  }

  stopReceiving(): void {
    // A block arrives whole, in one moment.
  }

  openPiece(): Slot {
    this.#nextSlot += 1;
    return this.#nextSlot as Slot;
  }

  verifyPiece(piece: number): void {
    this.#clock.after(VERIFY_DELAY, () => this.#core.pieceVerified(piece));
  }

  releasePiece(): void {
    // Memory is not what is simulated.
  }

  closePeer(peer: PeerHandle): void {
    this.#clock.after(0, () => {
      const remote = this.#remotes.get(peer);
      if (remote === undefined) return;
      this.#disconnect(peer);
      this.#clock.after(this.init.latency, () => remote.host.#disconnect(remote.handle));
    });
  }

  completed(): void {
    this.#completedAt = this.#clock.now();
  }

  #disconnect(peer: PeerHandle): void {
    if (!this.#remotes.delete(peer)) return;
    this.#waiting = this.#waiting.filter((waiting) => waiting !== peer);
    this.#core.removePeer(peer);
  }

  /** Up our link, across the network, down the other's. Lost when either end has disconnected meanwhile. */
  #transmit(
    peer: PeerHandle,
    bytes: number,
    deliver: (host: SimulatedHost, handle: PeerHandle) => void,
  ): void {
    const remote = this.#remotes.get(peer);
    if (remote === undefined) return;
    const { host, handle } = remote;
    this.#up.send(bytes, () => {
      this.#pump();
      this.#clock.after(this.init.latency, () =>
        host.#down.send(bytes, () => {
          if (host.#remotes.has(handle)) deliver(host, handle);
        }),
      );
    });
  }

  /** Keeps the uplink busy, one block of each waiting peer in turn. */
  #pump(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    while (this.#up.backlog < SEND_AHEAD) {
      const peer = this.#waiting.shift();
      if (peer === undefined) break;
      if (this.#core.drainUploads(peer, 1) > 0) this.#waiting.push(peer);
    }
    this.#isPumping = false;
  }

  #scheduleTick(): void {
    this.#clock.after(TICK_INTERVAL, () => {
      if (this.#isGone) return;
      this.#core.tick();
      this.#scheduleTick();
    });
  }

  #trace(what: string): void {
    this.init.onTrace(this.init.index, what);
  }
}
