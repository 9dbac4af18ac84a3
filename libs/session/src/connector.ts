import { encodeHandshake, type Handshake, infoHashHex, type WireInfoHash } from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import type { PeerAddress } from './api/peer.ts';
import type { SessionLogger } from './api/session-logger.ts';
import { CONNECT_TIMEOUT, HANDSHAKE_TIMEOUT, MAX_HALF_OPEN_PER_ADDRESS } from './constants.ts';
import type { PeerEncryption } from './encryption/peer-encryption.ts';
import { isLoopback } from './loopback.ts';
import { type ReceivedHandshake, receiveFirstBytes, receiveHandshake } from './peer/handshake-exchange.ts';
import type { PeerStream, PeerTransport } from './ports/peer-transport.ts';
import type { DialOutcome, PlannedDial } from './torrent/candidates.ts';
import type { JoinedSwarm } from './torrent/joined-swarm.ts';
import { DuplicatePeerError } from './torrent/torrent-peers.ts';

/** A connection that is not a peer yet. */
interface Attempt {
  readonly abort: AbortController;
  /** The address that is dialled; undefined when it was accepted. */
  readonly dialled: PeerAddress | undefined;
  stream: PeerStream | undefined;
  /** When it is given up, in milliseconds. */
  deadline: number;
}

/** Makes peers of connections: dials and accepts, exchanges handshakes, hands over to the torrent. */
export class Connector {
  readonly #transport: PeerTransport;
  readonly #clock: Clock;
  readonly #logger: SessionLogger;
  readonly #peerId: Uint8Array;
  readonly #find: (infoHash: WireInfoHash) => JoinedSwarm | undefined;
  readonly #encryption: PeerEncryption | undefined;
  readonly #attempts = new Set<Attempt>();

  constructor(
    components: {
      readonly transport: PeerTransport;
      readonly clock: Clock;
      readonly logger: SessionLogger;
      readonly find: (infoHash: WireInfoHash) => JoinedSwarm | undefined;
      /** Undefined when there is none: peers must shake hands in plain text. */
      readonly encryption: PeerEncryption | undefined;
    },
    init: { readonly peerId: Uint8Array },
  ) {
    this.#transport = components.transport;
    this.#clock = components.clock;
    this.#logger = components.logger;
    this.#find = components.find;
    this.#encryption = components.encryption;
    this.#peerId = init.peerId;
  }

  /** Connections that are not peers yet. */
  get halfOpen(): number {
    return this.#attempts.size;
  }

  /** Whether an address is not being dialled for some torrent already. */
  mayDial({ host, port }: PeerAddress): boolean {
    for (const { dialled } of this.#attempts)
      if (dialled?.host === host && dialled.port === port) return false;
    return true;
  }

  /** Whether another connection of this address may shake hands. */
  mayAccept(host: string): boolean {
    if (isLoopback(host)) return true;
    let count = 0;
    for (const { dialled, stream } of this.#attempts) {
      if (dialled === undefined && stream?.remote.host === host) count += 1;
    }
    return count < MAX_HALF_OPEN_PER_ADDRESS;
  }

  /** Waits for the handshake of a stream that was accepted. Failures are logged and close the stream. */
  async accept(accepted: PeerStream): Promise<void> {
    const attempt = this.#begin({ stream: accepted, dialled: undefined }, HANDSHAKE_TIMEOUT);
    try {
      const { stream, handshake, rest } = await this.#receive(accepted);
      const torrent = this.#find(handshake.infoHash);
      if (torrent === undefined) throw new Error(`unknown info-hash ${infoHashHex(handshake.infoHash)}`);
      // Said to ourselves as well: it tells the dialling side whom it has reached.
      this.#sayHello(stream, torrent, handshake.infoHash);
      if (this.#isOurselves(handshake)) throw new Error('connected to ourselves');
      await torrent.adopt({ stream, handshake, rest, incoming: true, address: stream.remote });
    } catch (error) {
      // What was said before must arrive: it may be all that the other side learns.
      void accepted.end();
      this.#logger.debug({ peer: accepted.remote, error }, 'refused a connection');
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  /** Dials a peer of `torrent`, which is told when that fails. */
  async dial(torrent: JoinedSwarm, planned: PlannedDial): Promise<void> {
    const { address } = planned;
    const attempt = this.#begin({ stream: undefined, dialled: address }, CONNECT_TIMEOUT);
    // What it is when it ends at this point.
    let outcome: DialOutcome = 'failed';
    try {
      const stream = await this.#transport.dial(address, attempt.abort.signal);
      attempt.stream = stream;
      attempt.deadline = this.#clock.now() + HANDSHAKE_TIMEOUT;
      outcome = 'refused';
      const received = await this.#greet(stream, torrent, planned);
      outcome = 'failed';
      await this.#takeOver(torrent, address, received);
    } catch (error) {
      void attempt.stream?.end();
      torrent.onDialFailed(address, error instanceof DuplicatePeerError ? 'duplicate' : outcome);
      this.#logger.debug({ peer: address, torrent: torrent.name, error }, 'no connection');
    } finally {
      this.#attempts.delete(attempt);
    }
  }

  /** Gives up what has taken too long. */
  tick(now: number): void {
    for (const attempt of this.#attempts) if (now >= attempt.deadline) this.#abort(attempt, 'timed out');
  }

  /** Gives up everything. */
  close(): void {
    for (const attempt of this.#attempts) this.#abort(attempt, 'the session was closed');
  }

  async #takeOver(
    torrent: JoinedSwarm,
    address: PeerAddress,
    { stream, handshake, rest }: ReceivedHandshake,
  ): Promise<void> {
    const answered = infoHashHex(handshake.infoHash);
    if (!torrent.wireHashes.some((hash) => infoHashHex(hash) === answered)) {
      throw new Error(`the peer answered for another torrent, ${answered}`);
    }
    if (this.#isOurselves(handshake)) {
      torrent.exclude(address);
      throw new Error('connected to ourselves');
    }
    await torrent.adopt({ stream, handshake, rest, incoming: false, address });
  }

  /** Waits for the handshake of a peer that has dialled us, encrypted or not. */
  async #receive(stream: PeerStream): Promise<ReceivedHandshake> {
    if (this.#encryption === undefined) return receiveHandshake(stream);
    const { isHandshake, bytes } = await receiveFirstBytes(stream);
    if (isHandshake) return receiveHandshake(stream, bytes);
    const opened = await this.#encryption.accept(stream, bytes);
    return receiveHandshake(opened.stream, opened.begun);
  }

  /** Shakes hands with a peer that we have dialled, in the way that was planned. */
  async #greet(
    stream: PeerStream,
    torrent: JoinedSwarm,
    { infoHash, isEncrypted }: PlannedDial,
  ): Promise<ReceivedHandshake> {
    if (!isEncrypted || this.#encryption === undefined) {
      this.#sayHello(stream, torrent, infoHash);
      return receiveHandshake(stream);
    }
    const opened = await this.#encryption.dial(stream, infoHash, this.#helloOf(torrent, infoHash));
    return receiveHandshake(opened.stream, opened.begun);
  }

  #sayHello(stream: PeerStream, torrent: JoinedSwarm, infoHash: WireInfoHash): void {
    stream.write(this.#helloOf(torrent, infoHash), () => undefined);
  }

  #helloOf(torrent: JoinedSwarm, infoHash: WireInfoHash): Uint8Array {
    const v2 = torrent.hashes.v2 !== undefined;
    return encodeHandshake({ infoHash, peerId: this.#peerId, extensions: true, fast: true, v2 });
  }

  #isOurselves(handshake: Handshake): boolean {
    return Buffer.compare(handshake.peerId, this.#peerId) === 0;
  }

  #begin(ends: Pick<Attempt, 'stream' | 'dialled'>, timeout: number): Attempt {
    const attempt = { ...ends, abort: new AbortController(), deadline: this.#clock.now() + timeout };
    this.#attempts.add(attempt);
    return attempt;
  }

  #abort(attempt: Attempt, reason: string): void {
    attempt.abort.abort(new Error(reason));
    attempt.stream?.destroy();
  }
}
