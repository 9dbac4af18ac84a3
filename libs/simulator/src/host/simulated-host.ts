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
import type { EventQueue } from '../event-queue.ts';
import type { Link } from '../network/link.ts';
import { type Parcel, Pipe, type Receiver, type Sender } from '../network/pipe.ts';
import { Uplink, type UplinkEvents } from '../network/uplink.ts';
import type { HostPolicies } from './host-policies.ts';

/** Told of every message and block that reaches a host, in order. `what` is the same text for the same event. */
export type TraceListener = (at: number, to: number, what: string) => void;

export interface SimulatedHostInit {
  /** Position among the hosts. */
  readonly index: number;
  /** Position of its zone. */
  readonly zone: number;
  readonly isSeeder: boolean;
  readonly geometry: PieceGeometry;
  /** Bytes per second on the wire. */
  readonly upRate: number;
  /** Milliseconds; see the scenario. */
  readonly linkBuffer: number;
  readonly verifyDelay: number;
  /** Payload bytes. */
  readonly sendBuffer: number;
  readonly firstCopies: boolean;
  readonly uploadSlots: number | undefined;
  readonly seed: number;
}

export interface SimulatedHostComponents {
  readonly clock: EventQueue;
  readonly policies: HostPolicies;
  readonly downlink: Link;
  readonly onTrace: TraceListener | undefined;
}

/** How two hosts are connected. */
export interface Route {
  /** One way, in milliseconds. */
  readonly latency: number;
  /** Shared links on the way from the first to the second, and back, their downlinks included. */
  readonly there: readonly Link[];
  readonly back: readonly Link[];
}

/** A shell around a core as libs/session is one, on a virtual network: blocks are sizes, hashing is a delay. */
export class SimulatedHost implements CoreSink, Receiver, Sender, UplinkEvents {
  readonly init: SimulatedHostInit;
  readonly downlink: Link;
  readonly #components: SimulatedHostComponents;
  readonly #clock: EventQueue;
  readonly #onTrace: TraceListener | undefined;
  readonly #up: Uplink;
  readonly #pipes = new Map<PeerHandle, Pipe>();
  #have: Bitfield;
  #core: TorrentCore;
  /** Lives so far: what belongs to an earlier one is ignored. */
  #life = 0;
  #isGone = false;
  /** Pipes whose peer waits for blocks. */
  #waiting: Pipe[] = [];
  #nextSlot = 0;
  #completedAt: number | undefined;
  #sentBytes = 0;
  #receivedBytes = 0;
  #wastedBefore = 0;

  constructor(components: SimulatedHostComponents, init: SimulatedHostInit) {
    const { geometry, isSeeder } = init;
    this.init = init;
    this.#components = components;
    this.#clock = components.clock;
    this.#onTrace = components.onTrace;
    this.downlink = components.downlink;
    this.#up = new Uplink(components.clock, this, {
      rate: init.upRate,
      buffer: init.linkBuffer,
      pieceCount: geometry.pieceCount,
    });
    this.#have = isSeeder ? Bitfield.all(geometry.pieceCount) : Bitfield.none(geometry.pieceCount);
    this.#core = this.#createCore();
  }

  /** Milliseconds; undefined while pieces are missing, and for a seeder. */
  get completedAt(): number | undefined {
    return this.#completedAt;
  }

  get isGone(): boolean {
    return this.#isGone;
  }

  get pieceCount(): number {
    return this.#have.count;
  }

  /** Payload bytes. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  get receivedBytes(): number {
    return this.#receivedBytes;
  }

  /** Payload bytes that came in vain. */
  get wastedBytes(): number {
    return this.#wastedBefore + this.#core.waste.total;
  }

  /** Milliseconds that the uplink has spent sending. */
  get uplinkBusy(): number {
    return this.#up.busy;
  }

  /** Connects two hosts, if both are there. */
  static connect(clock: EventQueue, a: SimulatedHost, b: SimulatedHost, route: Route): void {
    if (a.#isGone || b.#isGone) return;
    const handleOfB = a.#core.addPeer({ fast: true });
    const handleOfA = b.#core.addPeer({ fast: true });
    const { latency } = route;
    const there = { sender: a, receiver: b, peer: handleOfB, self: handleOfA, latency, links: route.there };
    const back = { sender: b, receiver: a, peer: handleOfA, self: handleOfB, latency, links: route.back };
    const [pipe, reverse] = [new Pipe(clock, there), new Pipe(clock, back)];
    pipe.reverse = reverse;
    reverse.reverse = pipe;
    a.#pipes.set(handleOfB, pipe);
    b.#pipes.set(handleOfA, reverse);
    a.#core.greet(handleOfB);
    b.#core.greet(handleOfA);
  }

  /** Starts the ticks of its life. */
  start(firstTick: number): void {
    const life = this.#life;
    const tick = {
      fire: (): void => {
        if (this.#life !== life) return;
        this.#core.tick();
        this.#settle();
        this.#clock.at(this.#clock.now() + TICK_INTERVAL, tick);
      },
    };
    this.#clock.at(this.#clock.now() + firstTick, tick);
  }

  /** Goes: its connections break, what it had queued is lost. */
  kill(): void {
    this.#isGone = true;
    this.#life += 1;
    for (const pipe of [...this.#pipes.values()]) this.#hangUp(pipe);
    this.#pipes.clear();
    this.#waiting = [];
  }

  /** Comes back after {@link kill}, with the pieces it had or without. Its connections are for the caller to make. */
  revive(keepsPieces: boolean): void {
    if (!this.#isGone) return;
    this.#isGone = false;
    this.#wastedBefore += this.#core.waste.total;
    if (!keepsPieces) {
      this.#have = Bitfield.none(this.init.geometry.pieceCount);
      this.#completedAt = undefined;
    }
    this.#core = this.#createCore();
    this.start(TICK_INTERVAL);
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    const pipe = this.#pipes.get(peer);
    if (pipe === undefined) return;
    // The bitfield is the host's own and changes while the message is under way.
    const sent = message.type === 'bitfield' ? { ...message, bits: Uint8Array.from(message.bits) } : message;
    this.#up.sendMessage(pipe, sent);
  }

  uploadsWaiting(peer: PeerHandle): void {
    const pipe = this.#pipes.get(peer);
    if (pipe === undefined) return;
    // Drained when the core has returned: every call into it ends with #settle.
    this.#waiting.push(pipe);
  }

  sendBlock(peer: PeerHandle, { piece, begin, length }: BlockRange): void {
    const pipe = this.#pipes.get(peer);
    if (pipe !== undefined) this.#up.queueBlock(pipe, { type: 'block', piece, begin, length });
  }

  stopReceiving(): void {
    // A block arrives whole, in one moment.
  }

  openPiece(): Slot {
    this.#nextSlot += 1;
    return this.#nextSlot as Slot;
  }

  verifyPiece(piece: number): void {
    const life = this.#life;
    this.#clock.after(this.init.verifyDelay, () => {
      if (this.#life !== life) return;
      this.#core.pieceVerified(piece);
      this.#settle();
    });
  }

  releasePiece(): void {
    // Memory is not what is simulated.
  }

  closePeer(peer: PeerHandle): void {
    const life = this.#life;
    this.#clock.after(0, () => {
      const pipe = this.#pipes.get(peer);
      if (pipe === undefined || this.#life !== life) return;
      this.#hangUp(pipe);
      this.#drop(peer);
    });
  }

  banPeer(): void {
    // Nobody sends bad bytes here.
  }

  completed(): void {
    this.#completedAt = this.#clock.now();
  }

  /** A message or a block arrives. */
  receive(from: PeerHandle, parcel: Parcel): void {
    this.#onTrace?.(this.#clock.now(), this.init.index, describe(from, parcel));
    if (parcel.type === 'block') {
      this.#receivedBytes += parcel.length;
      this.#core.onBlockStart(from, parcel.piece, parcel.begin, parcel.length);
      this.#core.onBlockEnd(from, parcel.length);
    } else {
      this.#core.onMessage(from, parcel);
    }
    this.#settle();
  }

  onHangUp(pipe: Pipe): void {
    // Of an earlier life, or we hung up too.
    if (this.#pipes.get(pipe.init.peer) === pipe) this.#drop(pipe.init.peer);
  }

  resume(pipe: Pipe): void {
    this.#up.makeReady(pipe);
    this.#up.pump();
  }

  onBlockLeft(pipe: Pipe, length: number): void {
    this.#sentBytes += length;
    this.#refill(pipe);
  }

  #createCore(): TorrentCore {
    const { clock, policies } = this.#components;
    const { geometry, seed, isSeeder, firstCopies, uploadSlots } = this.init;
    const random = createSeededRandom(seed + this.#life);
    return createTorrentCore(
      {
        clock,
        random,
        sink: this,
        picker: policies.picker(random),
        chokers: { leeching: policies.leechingChoker(random), seeding: policies.seedingChoker(random) },
      },
      {
        geometry,
        have: this.#have,
        firstCopies: isSeeder && firstCopies,
        ...(uploadSlots === undefined ? {} : { uploadSlots }),
      },
    );
  }

  /** Does what the core could not do while it was called. */
  #settle(): void {
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const pipe of waiting) this.#refill(pipe);
    }
    this.#up.pump();
  }

  /** Moves blocks from the core to the pipe's send buffer, as far as there is room. */
  #refill(pipe: Pipe): void {
    const room = this.init.sendBuffer - pipe.queuedBytes;
    if (room > 0 && !pipe.isClosed) this.#core.drainUploads(pipe.init.peer, room);
  }

  /** Ends a connection for both ends; the other one hears of it later. */
  #hangUp(pipe: Pipe): void {
    const { reverse } = pipe;
    pipe.isClosed = true;
    if (reverse === undefined) return;
    reverse.isClosed = true;
    this.#clock.after(pipe.init.latency, () => pipe.init.receiver.onHangUp(reverse));
  }

  #drop(peer: PeerHandle): void {
    if (!this.#pipes.delete(peer)) return;
    this.#core.removePeer(peer);
    this.#settle();
  }
}

function describe(from: PeerHandle, parcel: Parcel): string {
  switch (parcel.type) {
    case 'block':
    case 'request':
    case 'cancel':
    case 'reject':
      return `${from} ${parcel.type} ${parcel.piece} ${parcel.begin}`;
    case 'have':
      return `${from} have ${parcel.piece}`;
    default:
      return `${from} ${parcel.type}`;
  }
}
