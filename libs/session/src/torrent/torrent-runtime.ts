import { type Bitfield, infoHashHex, type MetainfoFile } from '@shoal/protocol';
import type { LedgerState } from '../accounts/ledger-file.ts';
import { saveOrLog } from '../accounts/saved-ledgers.ts';
import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type { BannedPeer, PeerAddress, PeerOrigin, PeerSnapshot } from '../api/peer.ts';
import type { Priorities } from '../api/selection.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { Torrent, TorrentProgress, WhenCompleteOptions } from '../api/torrent.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import { closedError, stalledError } from '../errors.ts';
import type { AddLoopTorrent } from '../loops/loop-session.ts';
import type { PeerConnection } from '../peer/peer-connection.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { RateLimits } from '../rate/rate-limits.ts';
import type { SessionLimiter, TorrentLimiter } from '../rate/session-limiter.ts';
import type { FileReader, OpenReaderOptions } from '../reader/file-reader.ts';
import { TorrentReaders } from '../reader/torrent-readers.ts';
import type { ActiveTorrent } from './active-torrent.ts';
import type { DialOutcome, PlannedDial } from './candidates.ts';
import { createLedger } from './create-ledger.ts';
import type { NewPeer, PeerEnd } from './connected-peers.ts';
import { IdleTime } from './idle-time.ts';
import type { JoinedSwarm, SwarmHost } from './joined-swarm.ts';
import { TorrentActivation, type TorrentActivationEvents } from './torrent-activation.ts';
import { TorrentCompletion } from './torrent-completion.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import { figuresOf } from './torrent-figures.ts';
import { TorrentPeers } from './torrent-peers.ts';
import { TorrentSelection } from './torrent-selection.ts';
import { TorrentWork } from './torrent-work.ts';
import { type WireHashes, wireHashesOf } from './wire-hashes.ts';

/** What a torrent asks of its session. */
export interface TorrentHost extends SwarmHost {
  readonly environment: TorrentEnvironment;
  readonly logger: SessionLogger;
  /** Most peers of one torrent. */
  readonly maxPeersPerTorrent: number;
  readonly limiter: SessionLimiter;
}

/** One torrent of a session: active while it has peers or wants pieces, next to nothing otherwise. */
export class TorrentRuntime implements Torrent, JoinedSwarm {
  readonly hashes: TorrentHashes;
  readonly wireHashes: WireHashes;
  readonly #host: TorrentHost;
  readonly #options: AddLoopTorrent;
  readonly #peers: TorrentPeers;
  readonly #completion: TorrentCompletion;
  readonly #ledger: TorrentLedger;
  readonly #limits: TorrentLimiter;
  readonly #selection: TorrentSelection;
  readonly #readers: TorrentReaders;
  readonly #activation: TorrentActivation;
  readonly #work: TorrentWork;
  readonly #idleTime = new IdleTime();
  #closing: Promise<void> | undefined;

  constructor(host: TorrentHost, options: AddLoopTorrent) {
    this.hashes = options.hashes;
    this.wireHashes = wireHashesOf(options.hashes);
    this.#peers = new TorrentPeers(host.environment, {
      hashes: this.wireHashes,
      maxPeers: host.maxPeersPerTorrent,
    });
    this.#host = host;
    this.#ledger = createLedger(host.environment, options);
    this.#options = options;
    this.#limits = host.limiter.createTorrentLimiter(options.limits ?? {});
    this.#selection = new TorrentSelection(host.environment, this.name, options.priorities);
    this.#completion = new TorrentCompletion(host.environment, { isComplete: options.have === 'all' });
    this.#activation = new TorrentActivation(
      {
        environment: host.environment,
        peers: this.#peers,
        completion: this.#completion,
        selection: this.#selection,
        ledger: this.#ledger,
        limits: this.#limits,
        events: this.#events(),
      },
      options,
      { name: this.name, wireHashes: this.wireHashes },
    );
    this.#work = new TorrentWork(
      {
        environment: host.environment,
        activation: this.#activation,
        completion: this.#completion,
        selection: this.#selection,
        wake: () => host.wake(this),
        onComplete: () => this.#onComplete(),
      },
      { name: this.name },
    );
    this.#readers = new TorrentReaders({
      clock: host.environment.clock,
      completion: this.#completion,
      selection: this.#selection,
      activation: this.#activation,
    });
    if (this.#completion.isComplete) this.#peers.startSeeding();
    else this.#work.start();
  }

  get connectionCount(): number {
    return this.#active?.peers.count ?? 0;
  }

  /** Hex of the first info-hash, for logs and errors. */
  get name(): string {
    return infoHashHex(this.wireHashes[0]);
  }

  get mayFindPeers(): boolean {
    return this.#activation.isPrivate === false;
  }

  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void {
    if (this.#activation.isClosed) return;
    this.#peers.add(peers, origin);
    if (this.#peers.hasPending) this.#host.wake(this);
  }

  /**
   * Whom to dial now, among those `mayDial` lets through. A complete torrent dials too: not every peer can dial us.
   * Answer with {@link onDialFailed} or {@link adopt}.
   */
  nextDial(now: number, mayDial: (address: PeerAddress) => boolean): PlannedDial | undefined {
    const isReady = this.#completion.isComplete || this.#active !== undefined;
    if (!isReady || this.#work.error !== undefined) return undefined;
    return this.#peers.nextDial(now, this.connectionCount, mayDial);
  }

  onDialFailed(address: PeerAddress, outcome: DialOutcome): void {
    this.#peers.dialFailed(address, outcome);
  }

  /** Never dials this address again. */
  exclude(address: PeerAddress): void {
    this.#peers.exclude(address);
  }

  /**
   * Takes over a peer that has shaken hands.
   * @throws DuplicatePeerError when it is connected already; Error when it is banned, or one too many; the errors of
   * activation
   */
  async adopt(peer: NewPeer): Promise<void> {
    const active = await this.#activation.get();
    this.#peers.admit(peer, active.peers);
    active.peers.add(peer);
  }

  /** Lets time pass. Returns whether the torrent needs further ticks. */
  tick(now: number): boolean {
    this.#work.tick(now);
    this.#activation.tick(now);
    this.#completion.checkWaiters((idleMs) => stalledError(this.name, idleMs, this.connectionCount));
    this.#readers.tick(now);
    const { isComplete, isSatisfied } = this.#completion;
    const isDone = isComplete && isSatisfied && this.connectionCount === 0 && this.#readers.isEmpty;
    if (this.#idleTime.isOver(now, this.#active === undefined || !isDone)) this.#idle();
    const isBusy = this.#active !== undefined || this.#activation.isLoading || !isComplete;
    return isBusy || this.#peers.hasPending;
  }

  progress(): TorrentProgress {
    const { error } = this.#work;
    return figuresOf({
      activation: this.#activation,
      completion: this.#completion,
      ledger: this.#ledger,
      error,
    });
  }

  async whenComplete(options: WhenCompleteOptions = {}): Promise<void> {
    if (this.#activation.isClosed) throw closedError(this.name);
    if (this.#work.error !== undefined) throw this.#work.error;
    await this.#completion.wait(options);
  }

  lifetime(): Promise<LedgerState> {
    return this.#ledger.lifetime();
  }

  have(): Bitfield {
    return this.#completion.have();
  }

  peers(): PeerSnapshot[] {
    return this.#active?.peers.snapshots() ?? [];
  }

  store(): ContentStore | undefined {
    return this.#active?.store;
  }

  setLimits(limits: RateLimits): void {
    this.#limits.set(limits);
  }

  setPriorities(priorities: Priorities): void {
    const active = this.#active;
    const wasSatisfied = active?.core.isSatisfied ?? false;
    this.#selection.setPriorities(priorities, active);
    if (active !== undefined) {
      this.#completion.select(active.layout, this.#selection.prioritiesOf(active.metainfo));
      // Files may have to change their places.
      if (wasSatisfied && active.core.isSatisfied) this.#work.finish();
    } else if (this.#completion.isComplete && !this.#activation.isClosed) {
      this.#completion.onMoreWanted();
      this.#work.start();
    }
  }

  setDeadlines(deadlines: ReadonlyMap<number, number>): void {
    this.#selection.setDeadlines(deadlines, this.#active);
  }

  openReader(file: MetainfoFile, options?: OpenReaderOptions): FileReader {
    return this.#readers.open(file, options);
  }

  remove(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#completion.reject(closedError(this.name));
    this.#readers.close(closedError(this.name));
    this.#host.forget(this);
    const { environment, logger } = this.#host;
    // First of all: loops that are closed after it report what they did for it before they end.
    const others = this.#options.others?.end();
    await this.#activation.close();
    await others;
    environment.savedLedgers.delete(this.#ledger);
    await saveOrLog(this.#ledger, logger, 1);
  }

  #events(): TorrentActivationEvents {
    return {
      onWanted: () => this.#host.wake(this),
      onActive: async ({ core }) => {
        if (core.isSatisfied) await this.#work.complete();
        else this.#host.wake(this);
      },
      onPieceVerified: (piece, size) => {
        this.#completion.onPiece(piece, size);
        this.#readers.onPiece(piece);
        this.#work.onSuccess();
      },
      onUseful: () => this.#completion.onProgress(),
      onComplete: () => this.#work.finish(),
      onPeersFound: (addresses) => this.addPeers(addresses, 'pex'),
      onStoreError: (error) => this.#work.fail(error),
      onPeerBanned: (peer) => this.#onPeerBanned(peer),
      onPeerClosed: (connection, end) => this.#onPeerClosed(connection, end),
    };
  }

  async #onComplete(): Promise<void> {
    this.#activation.endFetch();
    this.#peers.startSeeding();
    this.#ledger.startSeeding();
    await saveOrLog(this.#ledger, this.#host.logger);
  }

  #onPeerBanned(peer: BannedPeer): void {
    this.#peers.ban(peer);
    this.#host.logger.warn({ torrent: this.name, peer: peer.address }, 'banned a peer that sent bad bytes');
    this.#options.onPeerBanned?.(peer);
  }

  #onPeerClosed(connection: PeerConnection, end: PeerEnd): void {
    const { reason } = end;
    this.#peers.onClosed(connection, end);
    const peer = connection.init.address;
    this.#host.logger.debug({ torrent: this.name, peer, reason }, 'peer disconnected');
  }

  /** A complete torrent that nobody asks for gives everything back after a while. */
  #idle(): void {
    const released = this.#activation.release();
    this.#completion.unload();
    released.catch((error: unknown) =>
      this.#host.logger.warn({ error, torrent: this.name }, 'closing failed'),
    );
  }

  get #active(): ActiveTorrent | undefined {
    return this.#activation.active;
  }
}
