import type { TorrentLedger } from '../accounts/torrent-ledger.ts';
import { closedError } from '../errors.ts';
import type { AddLoopTorrent } from '../loops/loop-session.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import { ResumeFile } from '../resume.ts';
import { ActiveTorrent, type ActiveTorrentEvents, type ActiveTorrentInit } from './active-torrent.ts';
import { createResumeKeeper } from './create-resume-keeper.ts';
import { LearnedLayers } from './learned-layers.ts';
import { type LoadedTorrent, loadTorrent } from './load-torrent.ts';
import type { ResumeKeeper } from './resume-keeper.ts';
import type { TorrentCompletion } from './torrent-completion.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';
import type { TorrentPeers } from './torrent-peers.ts';
import type { TorrentSelection } from './torrent-selection.ts';
import { payloadOf } from './torrent-size.ts';
import type { WireHashes } from './wire-hashes.ts';

/** What a torrent has whether it is active or not, and more that its activation needs. */
export interface TorrentActivationComponents {
  readonly environment: TorrentEnvironment;
  readonly peers: TorrentPeers;
  readonly completion: TorrentCompletion;
  readonly selection: TorrentSelection;
  readonly ledger: TorrentLedger;
  readonly limits: TorrentLimiter;
  readonly events: TorrentActivationEvents;
}

/** What an activation reports, beside what the active torrent does. */
export interface TorrentActivationEvents extends ActiveTorrentEvents {
  /** Somebody wants the torrent to be active. */
  onWanted(): void;
  /** It is active, and has work to do; those who wait for it wait for this, too. */
  onActive(active: ActiveTorrent): Promise<void>;
}

/** The active half of a torrent: made when it is wanted, with what keeps its resume file while it is fetched, and given up. */
export class TorrentActivation {
  readonly #name: string;
  readonly #components: TorrentActivationComponents;
  readonly #options: AddLoopTorrent;
  readonly #resumeFile: ResumeFile | undefined;
  readonly #layers = new LearnedLayers();
  #loading: Promise<ActiveTorrent> | undefined;
  /** Of the loading: the store is being opened. */
  #isOpening = false;
  #active: ActiveTorrent | undefined;
  /** While the torrent is fetched. */
  #resume: ResumeKeeper | undefined;
  #isPrivate: boolean | undefined;
  #isClosed = false;

  constructor(
    components: TorrentActivationComponents,
    options: AddLoopTorrent,
    init: { readonly name: string; readonly wireHashes: WireHashes },
  ) {
    const { resumePath } = options;
    this.#components = components;
    this.#options = options;
    this.#isPrivate = options.private;
    this.#name = init.name;
    this.#resumeFile = resumePath === undefined ? undefined : new ResumeFile(resumePath, init.wireHashes[0]);
  }

  /** Undefined while it is idle, or being loaded. */
  get active(): ActiveTorrent | undefined {
    return this.#active;
  }

  /** What the metainfo says, also while it is idle; undefined until it is known. */
  get isPrivate(): boolean | undefined {
    return this.#isPrivate;
  }

  /** Whether it was given up for good. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  get isLoading(): boolean {
    return this.#loading !== undefined;
  }

  /**
   * The active torrent, made now if need be.
   * @throws TorrentError SHOAL_TORRENT_CLOSED; the errors of {@link loadTorrent}, and of `onActive`
   */
  get(): Promise<ActiveTorrent> {
    if (this.#isClosed) return Promise.reject(closedError(this.#name));
    if (this.#active !== undefined) return Promise.resolve(this.#active);
    this.#components.events.onWanted();
    this.#loading ??= this.#load().finally(() => {
      this.#loading = undefined;
      this.#isOpening = false;
    });
    return this.#loading;
  }

  tick(now: number): void {
    this.#active?.tick(now);
    this.#resume?.tick(now);
  }

  /** Makes what was written durable, and says so in the resume file while there is one. Rejects with StoreError. */
  async sync(): Promise<void> {
    await (this.#resume === undefined ? this.#active?.store.sync() : this.#resume.flush());
  }

  /** Learns piece layers that nobody told, of files that are whole. @throws as {@link LearnedLayers.learn} */
  async learnLayers(): Promise<void> {
    if (this.#active === undefined) return;
    const { metainfo, store } = this.#active;
    const { completion } = this.#components;
    const have = completion.have();
    await this.#layers.learn({ metainfo, store, have, onPiece: () => completion.onProgress() });
  }

  /** The fetch is done: the resume file is not needed any more. */
  endFetch(): void {
    this.#resume = undefined;
  }

  /** Gives up the active torrent of one that is complete, until it is wanted again. */
  async release(): Promise<void> {
    const active = this.#active;
    this.#active = undefined;
    await active?.close();
  }

  /** Gives it up for good: what was written is in the resume file. Files are let go of when this resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    // Loading the metainfo may take as long as it likes, and ends there.
    if (this.#isOpening) await this.#loading?.catch(() => undefined);
    const active = this.#active;
    const resume = this.#resume;
    this.#active = undefined;
    this.#resume = undefined;
    await active?.close(async () => {
      await resume?.flush().catch((error: unknown) => {
        const { logger } = this.#components.environment;
        logger.warn({ error, torrent: this.#name }, 'the last pieces may have to be fetched again');
      });
    });
  }

  async #load(): Promise<ActiveTorrent> {
    const { completion, selection, ledger, peers, events } = this.#components;
    const loaded = await loadTorrent(
      this.#options,
      completion.known ?? this.#options.have,
      this.#resumeFile,
      { selection, layers: this.#layers },
      () => {
        if (this.#isClosed) throw closedError(this.#name);
        this.#isOpening = true;
      },
    );
    const { metainfo, layout, store, have, books } = loaded;
    let active: ActiveTorrent;
    try {
      await ledger.resume(books, payloadOf(layout, metainfo.format, have));
      if (this.#isClosed) throw closedError(this.#name);
      // After the last wait: until then they may be replaced.
      const priorities = selection.prioritiesOf(metainfo);
      active = this.#create({ ...loaded, priorities });
      completion.load(layout, have, priorities);
    } catch (error) {
      await store.close();
      throw error;
    }
    selection.startDeadlines(active);
    this.#active = active;
    this.#isPrivate = metainfo.private;
    if (completion.isSatisfied) return active;
    if (!completion.isComplete) {
      peers.resume(loaded.peers);
      this.#resume = this.#keepResumeFile(active, loaded);
    }
    await events.onActive(active);
    return active;
  }

  #create(loaded: LoadedTorrent & Pick<ActiveTorrentInit, 'priorities'>): ActiveTorrent {
    const { environment, limits, ledger, events } = this.#components;
    const { pickOrder = 'rarest-first', board, webSeeds } = this.#options;
    const init = { ...loaded, limits, ledger: ledger.traffic, pickOrder, board, webSeeds };
    return new ActiveTorrent(environment, init, {
      ...events,
      onPieceVerified: (piece, size) => {
        events.onPieceVerified(piece, size);
        this.#resume?.onPiece(size);
      },
    });
  }

  #keepResumeFile(active: ActiveTorrent, loaded: LoadedTorrent): ResumeKeeper | undefined {
    const { environment, ledger, peers, events } = this.#components;
    return createResumeKeeper(
      { environment, file: this.#resumeFile, ledger },
      loaded,
      () => peers.good(active.peers.all()),
      (error) => events.onStoreError(error),
    );
  }
}
