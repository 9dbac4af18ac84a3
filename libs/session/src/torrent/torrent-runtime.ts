import { type Bitfield, infoHashHex, type MetainfoFile } from '@shoal/protocol';
import type { LedgerState } from '../accounts/ledger-file.ts';
import { progressOf } from '../accounts/progress.ts';
import { saveOrLog } from '../accounts/saved-ledgers.ts';
import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import type {
  BannedPeer,
  PeerAddress,
  PeerOrigin,
  PeerSnapshot,
  Priorities,
  SessionLogger,
  Torrent,
  TorrentHashes,
  TorrentProgress,
  TorrentState,
  WhenCompleteOptions,
} from '../api.ts';
import { closedError, stalledError } from '../errors.ts';
import type { AddLoopTorrent } from '../loops/loop-session.ts';
import type { PeerConnection } from '../peer/peer-connection.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { RateLimits } from '../rate/rate-limits.ts';
import type { SessionLimiter, TorrentLimiter } from '../rate/session-limiter.ts';
import type { FileReader, OpenReaderOptions } from '../reader/file-reader.ts';
import { TorrentReaders } from '../reader/torrent-readers.ts';
import { ResumeFile } from '../resume.ts';
import { ActiveTorrent } from './active-torrent.ts';
import { NO_FIGURES } from './block-sources.ts';
import type { DialOutcome, PlannedDial } from './candidates.ts';
import { createLedger } from './create-ledger.ts';
import { createResumeKeeper } from './create-resume-keeper.ts';
import type { NewPeer, PeerEnd } from './connected-peers.ts';
import { IdleTime } from './idle-time.ts';
import type { JoinedSwarm, SwarmHost } from './joined-swarm.ts';
import { loadTorrent } from './load-torrent.ts';
import type { ResumeKeeper } from './resume-keeper.ts';
import { RetriedFailure } from './retried-failure.ts';
import { TorrentCompletion } from './torrent-completion.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import { TorrentPeers } from './torrent-peers.ts';
import { payloadOf } from './torrent-size.ts';
import { TorrentSelection } from './torrent-selection.ts';
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
  readonly #resumeFile: ResumeFile | undefined;
  #activation: Promise<ActiveTorrent> | undefined;
  /** Of the activation: the store is being opened. */
  #isOpening = false;
  #active: ActiveTorrent | undefined;
  #resume: ResumeKeeper | undefined;
  readonly #failure = new RetriedFailure();
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
    this.#readers = new TorrentReaders({
      clock: host.environment.clock,
      completion: this.#completion,
      selection: this.#selection,
      activate: () => this.#activate(),
      active: () => this.#active,
    });
    this.#resumeFile =
      options.resumePath === undefined ? undefined : new ResumeFile(options.resumePath, this.wireHashes[0]);
    if (this.#completion.isComplete) this.#peers.startSeeding();
    else this.#start();
  }

  get connectionCount(): number {
    return this.#active?.peers.count ?? 0;
  }

  /** Hex of the first info-hash, for logs and errors. */
  get name(): string {
    return infoHashHex(this.wireHashes[0]);
  }

  get mayFindPeers(): boolean {
    return this.#active?.metainfo.private === false;
  }

  addPeers(peers: readonly PeerAddress[], origin?: PeerOrigin): void {
    if (this.#isClosed()) return;
    this.#peers.add(peers, origin);
    if (this.#peers.hasPending) this.#host.wake(this);
  }

  /**
   * Whom to dial now, among those `mayDial` lets through. A complete torrent dials too: not every peer can dial us.
   * Answer with {@link onDialFailed} or {@link adopt}.
   */
  nextDial(now: number, mayDial: (address: PeerAddress) => boolean): PlannedDial | undefined {
    const isReady = this.#completion.isComplete || this.#active !== undefined;
    if (!isReady || this.#failure.error !== undefined) return undefined;
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
    const active = await this.#activate();
    this.#peers.admit(peer, active.peers);
    active.peers.add(peer);
  }

  /** Lets time pass. Returns whether the torrent needs further ticks. */
  tick(now: number): boolean {
    this.#retry(now);
    const active = this.#active;
    active?.tick(now);
    this.#resume?.tick(now);
    this.#completion.checkWaiters((idleMs) => stalledError(this.name, idleMs, this.connectionCount));
    this.#readers.tick(now);
    const { isComplete, isSatisfied } = this.#completion;
    const isDone = isComplete && isSatisfied && this.connectionCount === 0 && this.#readers.isEmpty;
    if (this.#idleTime.isOver(now, active === undefined || !isDone)) this.#idle();
    const isBusy = this.#active !== undefined || this.#activation !== undefined || !isComplete;
    return isBusy || this.#peers.hasPending;
  }

  progress(): TorrentProgress {
    const active = this.#active;
    const { error } = this.#failure;
    return {
      state: this.#state(),
      ...this.#completion.figures(),
      ...progressOf(this.#ledger),
      peers: this.connectionCount,
      ...(active?.figures() ?? NO_FIGURES),
      ...(error === undefined ? {} : { error }),
    };
  }

  async whenComplete(options: WhenCompleteOptions = {}): Promise<void> {
    if (this.#isClosed()) throw closedError(this.name);
    if (this.#failure.error !== undefined) throw this.#failure.error;
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
      if (wasSatisfied && active.core.isSatisfied) this.#finish();
    } else if (this.#completion.isComplete && !this.#isClosed()) {
      this.#completion.onMoreWanted();
      this.#start();
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
    // Loading the metainfo may take as long as it likes, and ends there. Files are let go of before we are done.
    if (this.#isOpening) await this.#activation?.catch(() => undefined);
    const active = this.#active;
    const resume = this.#resume;
    this.#active = undefined;
    this.#resume = undefined;
    await active?.close(async () => {
      await resume?.flush().catch((error: unknown) => {
        logger.warn({ error, torrent: this.name }, 'the last pieces may have to be fetched again');
      });
    });
    await others;
    environment.savedLedgers.delete(this.#ledger);
    await saveOrLog(this.#ledger, logger, 1);
  }

  /** Activates in the background; failures are kept for callers and tried again. */
  #start(): void {
    this.#host.wake(this);
    this.#activate().catch((error: unknown) => this.#fail(error));
  }

  #activate(): Promise<ActiveTorrent> {
    if (this.#isClosed()) return Promise.reject(closedError(this.name));
    if (this.#active !== undefined) return Promise.resolve(this.#active);
    this.#host.wake(this);
    this.#activation ??= this.#load().finally(() => {
      this.#activation = undefined;
      this.#isOpening = false;
    });
    return this.#activation;
  }

  async #load(): Promise<ActiveTorrent> {
    const loaded = await loadTorrent(
      this.#options,
      this.#completion.known ?? this.#options.have,
      this.#resumeFile,
      this.#selection,
      () => {
        if (this.#isClosed()) throw closedError(this.name);
        this.#isOpening = true;
      },
    );
    const { metainfo, layout, store, have, books } = loaded;
    await this.#ledger.resume(books, payloadOf(layout, metainfo.format, have));
    if (this.#isClosed()) {
      await store.close();
      throw closedError(this.name);
    }
    const { pickOrder = 'rarest-first', board, webSeeds } = this.#options;
    const own = { limits: this.#limits, ledger: this.#ledger.traffic };
    const init = { ...loaded, ...own, pickOrder, board, webSeeds };
    const active = new ActiveTorrent(this.#host.environment, init, this.#events());
    this.#selection.startDeadlines(active);
    this.#completion.load(layout, have, loaded.priorities);
    this.#active = active;
    if (this.#completion.isSatisfied) return active;
    if (!this.#completion.isComplete) {
      this.#peers.resume(loaded.peers);
      const resume = { ...this.#host, file: this.#resumeFile, ledger: this.#ledger };
      const peers = () => this.#peers.good(active.peers.all());
      this.#resume = createResumeKeeper(resume, loaded, peers, (error) => this.#fail(error));
    }
    if (active.core.isSatisfied) await this.#complete();
    else this.#host.wake(this);
    return active;
  }

  #events(): ConstructorParameters<typeof ActiveTorrent>[2] {
    return {
      onPieceVerified: (piece, size) => {
        this.#completion.onPiece(piece, size);
        this.#readers.onPiece(piece);
        this.#failure.reset();
        this.#resume?.onPiece(size);
      },
      onUseful: () => this.#completion.onProgress(),
      onComplete: () => this.#finish(),
      onPeersFound: (addresses) => this.addPeers(addresses, 'pex'),
      onStoreError: (error) => this.#fail(error),
      onPeerBanned: (peer) => this.#onPeerBanned(peer),
      onPeerClosed: (connection, end) => this.#onPeerClosed(connection, end),
    };
  }

  /** Completes in the background; failures are kept for callers and tried again. */
  #finish(): void {
    this.#complete().catch((error: unknown) => this.#fail(error));
  }

  /** Everything that is wanted is written: puts it in its place, makes it durable, then says so. */
  async #complete(): Promise<void> {
    const { revision } = this.#selection;
    await this.#active?.store.arrange(this.#selection.arrangement(true));
    await (this.#resume === undefined ? this.#active?.store.sync() : this.#resume.flush());
    // Something else may be wanted by now.
    if (this.#active?.core.isSatisfied !== true || revision !== this.#selection.revision) return;
    if (!this.#completion.satisfy()) return;
    this.#resume = undefined;
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
    const active = this.#active;
    this.#active = undefined;
    this.#completion.unload();
    active
      ?.close()
      .catch((error: unknown) => this.#host.logger.warn({ error, torrent: this.name }, 'closing failed'));
  }

  #fail(cause: unknown): void {
    if (this.#isClosed()) return;
    const error = this.#failure.set(cause, this.#host.environment.clock.now());
    this.#completion.reject(error);
    this.#host.logger.warn({ error, torrent: this.name }, 'torrent failed, will be tried again');
    this.#host.wake(this);
  }

  #retry(now: number): void {
    if (!this.#failure.takeDue(now)) return;
    if (this.#active === undefined) {
      if (!this.#completion.isSatisfied) this.#start();
    } else if (this.#active.core.isSatisfied && !this.#completion.isSatisfied) {
      this.#finish();
    } else {
      this.#active.core.setPaused(false);
    }
  }

  #state(): TorrentState {
    if (this.#isClosed()) return 'closed';
    if (this.#failure.error !== undefined) return 'failed';
    const { isComplete, isSatisfied } = this.#completion;
    if (this.#active === undefined) return isComplete && this.#activation === undefined ? 'idle' : 'starting';
    return isSatisfied ? 'seeding' : 'downloading';
  }

  #isClosed(): boolean {
    return this.#closing !== undefined;
  }
}
