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
import { type Parcel, Pipe, type Receiver } from '../network/pipe.ts';
import type { Route } from '../network/routes.ts';
import { HostPipes } from './host-pipes.ts';
import type { HostPolicies } from './host-policies.ts';
import { describeArrival, type TraceListener } from './trace.ts';

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

/** A shell around a core as libs/session is one, on a virtual network: blocks are sizes, hashing is a delay. */
export class SimulatedHost implements CoreSink, Receiver {
  readonly init: SimulatedHostInit;
  readonly downlink: Link;
  readonly #components: SimulatedHostComponents;
  readonly #clock: EventQueue;
  readonly #onTrace: TraceListener | undefined;
  readonly #pipes: HostPipes;
  #have: Bitfield;
  #core: TorrentCore;
  /** Lives so far: what belongs to an earlier one is ignored. */
  #life = 0;
  #isGone = false;
  #nextSlot = 0;
  #completedAt: number | undefined;
  #receivedBytes = 0;
  #wastedBefore = 0;

  constructor(components: SimulatedHostComponents, init: SimulatedHostInit) {
    const { geometry, isSeeder } = init;
    this.init = init;
    this.#components = components;
    this.#clock = components.clock;
    this.#onTrace = components.onTrace;
    this.downlink = components.downlink;
    const { upRate: rate, linkBuffer: buffer, sendBuffer } = init;
    this.#pipes = new HostPipes(
      { clock: components.clock, drain: (peer, bytes) => this.#core.drainUploads(peer, bytes) },
      { rate, buffer, sendBuffer, pieceCount: geometry.pieceCount },
    );
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
    return this.#pipes.sentBytes;
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
    return this.#pipes.uplinkBusy;
  }

  /** Connects two hosts, if both are there. */
  static connect(clock: EventQueue, a: SimulatedHost, b: SimulatedHost, route: Route): void {
    if (a.#isGone || b.#isGone) return;
    const handleOfB = a.#core.addPeer({ fast: true });
    const handleOfA = b.#core.addPeer({ fast: true });
    const { latency } = route;
    const there = {
      sender: a.#pipes,
      receiver: b,
      peer: handleOfB,
      self: handleOfA,
      latency,
      links: route.there,
    };
    const back = {
      sender: b.#pipes,
      receiver: a,
      peer: handleOfA,
      self: handleOfB,
      latency,
      links: route.back,
    };
    const [pipe, reverse] = [new Pipe(clock, there), new Pipe(clock, back)];
    pipe.reverse = reverse;
    reverse.reverse = pipe;
    a.#pipes.add(pipe);
    b.#pipes.add(reverse);
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
        this.#pipes.settle();
        this.#clock.at(this.#clock.now() + TICK_INTERVAL, tick);
      },
    };
    this.#clock.at(this.#clock.now() + firstTick, tick);
  }

  /** Goes: its connections break, what it had queued is lost. */
  kill(): void {
    this.#isGone = true;
    this.#life += 1;
    this.#pipes.breakAll();
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
    this.#pipes.send(peer, message);
  }

  uploadsWaiting(peer: PeerHandle): void {
    this.#pipes.uploadsWaiting(peer);
  }

  sendBlock(peer: PeerHandle, block: BlockRange): void {
    this.#pipes.sendBlock(peer, block);
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
      this.#pipes.settle();
    });
  }

  releasePiece(): void {
    // Memory is not what is simulated.
  }

  closePeer(peer: PeerHandle): void {
    const life = this.#life;
    this.#clock.after(0, () => {
      if (this.#life !== life) return;
      this.#pipes.hangUp(peer);
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
    this.#onTrace?.(this.#clock.now(), this.init.index, describeArrival(from, parcel));
    if (parcel.type === 'block') {
      this.#receivedBytes += parcel.length;
      this.#core.onBlockStart(from, parcel.piece, parcel.begin, parcel.length);
      this.#core.onBlockEnd(from, parcel.length);
    } else {
      this.#core.onMessage(from, parcel);
    }
    this.#pipes.settle();
  }

  onHangUp(pipe: Pipe): void {
    // Of an earlier life, or we hung up too.
    if (this.#pipes.has(pipe)) this.#drop(pipe.init.peer);
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

  #drop(peer: PeerHandle): void {
    if (!this.#pipes.delete(peer)) return;
    this.#core.removePeer(peer);
    this.#pipes.settle();
  }
}
