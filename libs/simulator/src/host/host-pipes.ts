import type { BlockRange, PeerMessage } from '@shoal/protocol';
import type { PeerHandle } from '@shoal/swarm';
import type { EventQueue } from '../event-queue.ts';
import type { Pipe, Sender } from '../network/pipe.ts';
import { Uplink, type UplinkEvents, type UplinkInit } from '../network/uplink.ts';

export interface HostPipesInit extends UplinkInit {
  /** Payload bytes that a connection's send buffer holds. */
  readonly sendBuffer: number;
}

/** Has the core hand out blocks for a peer, up to so many bytes. */
export type DrainUploads = (peer: PeerHandle, bytes: number) => void;

/** The connections of a host, and what it sends over them. */
export class HostPipes implements Sender, UplinkEvents {
  readonly #clock: EventQueue;
  readonly #uplink: Uplink;
  readonly #drain: DrainUploads;
  readonly #sendBuffer: number;
  readonly #pipes = new Map<PeerHandle, Pipe>();
  /** Pipes whose peer waits for blocks. */
  #waiting: Pipe[] = [];
  #sentBytes = 0;

  constructor(components: { readonly clock: EventQueue; readonly drain: DrainUploads }, init: HostPipesInit) {
    this.#clock = components.clock;
    this.#drain = components.drain;
    this.#sendBuffer = init.sendBuffer;
    this.#uplink = new Uplink(components.clock, this, init);
  }

  /** Payload bytes. */
  get sentBytes(): number {
    return this.#sentBytes;
  }

  /** Milliseconds that the uplink has spent sending. */
  get uplinkBusy(): number {
    return this.#uplink.busy;
  }

  add(pipe: Pipe): void {
    this.#pipes.set(pipe.init.peer, pipe);
  }

  has(pipe: Pipe): boolean {
    return this.#pipes.get(pipe.init.peer) === pipe;
  }

  /** Forgets a connection. Returns whether there was one. */
  delete(peer: PeerHandle): boolean {
    return this.#pipes.delete(peer);
  }

  send(peer: PeerHandle, message: PeerMessage): void {
    const pipe = this.#pipes.get(peer);
    if (pipe === undefined) return;
    // The bitfield is the host's own and changes while the message is under way.
    const sent = message.type === 'bitfield' ? { ...message, bits: Uint8Array.from(message.bits) } : message;
    this.#uplink.sendMessage(pipe, sent);
  }

  sendBlock(peer: PeerHandle, { piece, begin, length }: BlockRange): void {
    const pipe = this.#pipes.get(peer);
    if (pipe !== undefined) this.#uplink.queueBlock(pipe, { type: 'block', piece, begin, length });
  }

  /** The core has blocks for the peer: they are drained by {@link settle}, when it has returned. */
  uploadsWaiting(peer: PeerHandle): void {
    const pipe = this.#pipes.get(peer);
    if (pipe !== undefined) this.#waiting.push(pipe);
  }

  /** Does what the core could not do while it was called: every call into it ends with this. */
  settle(): void {
    if (this.#waiting.length > 0) {
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const pipe of waiting) this.#refill(pipe);
    }
    this.#uplink.pump();
  }

  resume(pipe: Pipe): void {
    this.#uplink.makeReady(pipe);
    this.#uplink.pump();
  }

  onBlockLeft(pipe: Pipe, length: number): void {
    this.#sentBytes += length;
    this.#refill(pipe);
  }

  /** Ends a connection for both ends; the other one hears of it later. */
  hangUp(peer: PeerHandle): void {
    const pipe = this.#pipes.get(peer);
    if (pipe !== undefined) this.#hangUp(pipe);
  }

  /** Ends all connections, and loses what was queued. */
  breakAll(): void {
    for (const pipe of [...this.#pipes.values()]) this.#hangUp(pipe);
    this.#pipes.clear();
    this.#waiting = [];
  }

  /** Moves blocks from the core to the pipe's send buffer, as far as there is room. */
  #refill(pipe: Pipe): void {
    const room = this.#sendBuffer - pipe.queuedBytes;
    if (room > 0 && !pipe.isClosed) this.#drain(pipe.init.peer, room);
  }

  #hangUp(pipe: Pipe): void {
    const { reverse } = pipe;
    pipe.isClosed = true;
    if (reverse === undefined) return;
    reverse.isClosed = true;
    this.#clock.after(pipe.init.latency, () => pipe.init.receiver.onHangUp(reverse));
  }
}
