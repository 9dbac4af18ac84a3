import type { Bitfield, MetainfoFile } from '@shoal/protocol';
import { type Accounts, addAccounts, NO_ACCOUNTS } from '../accounts/accounts.ts';
import type { LedgerState } from '../accounts/ledger-file.ts';
import type { PeerAddress, PeerOrigin, PeerSnapshot } from '../api/peer.ts';
import type { Priorities } from '../api/selection.ts';
import type { Torrent, TorrentProgress, WhenCompleteOptions } from '../api/torrent.ts';
import type { TorrentHashes } from '../api/torrent-hashes.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { RateLimits } from '../rate/rate-limits.ts';
import type { FileReader, OpenReaderOptions } from '../reader/file-reader.ts';
import type { LoopFigures } from './loop-messages.ts';
import { mergeProgress } from './merge-progress.ts';

/** What a torrent asks of its session. */
export interface SpreadTorrentHost {
  /** Its limits have changed. */
  onLimits(torrent: SpreadTorrent): void;
  /** Gives peers to the loops that serve it. */
  addPeers(torrent: SpreadTorrent, peers: readonly PeerAddress[]): void;
  /** Takes it from the other loops. Resolves when they have disconnected. */
  remove(torrent: SpreadTorrent): Promise<void>;
}

/** A torrent of the main loop with what other loops do for it. */
export class SpreadTorrent implements Torrent {
  readonly name: string;
  readonly hashes: TorrentHashes;
  /** The main loop's part. */
  readonly main: Torrent;
  /** Of the board that all loops share. */
  readonly memory: SharedArrayBuffer;
  readonly #host: SpreadTorrentHost;
  /** By loop, as of its latest report. */
  readonly #figures = new Map<number, LoopFigures>();
  /** What loops did that do not serve it any more. */
  #before = NO_ACCOUNTS;
  #limits: RateLimits;
  #ending: Promise<void> | undefined;

  /** @param init `name`: hex of the first wire hash */
  constructor(
    components: { readonly main: Torrent; readonly host: SpreadTorrentHost },
    init: { readonly name: string; readonly limits: RateLimits; readonly memory: SharedArrayBuffer },
  ) {
    this.name = init.name;
    this.main = components.main;
    this.hashes = components.main.hashes;
    this.#host = components.host;
    this.memory = init.memory;
    this.#limits = init.limits;
  }

  get limits(): RateLimits {
    return this.#limits;
  }

  onFigures(loop: number, figures: LoopFigures): void {
    this.#figures.set(loop, figures);
  }

  /** The loop does not serve it any more; what it sent counts on. */
  onLoopGone(loop: number): void {
    const accounts = this.#figures.get(loop)?.progress.accounts ?? NO_ACCOUNTS;
    this.#before = addAccounts(this.#before, accounts);
    this.#figures.delete(loop);
  }

  /** Peers that no tracker named are for the main loop: few, and bounded there. */
  addPeers(peers: readonly PeerAddress[], origin: PeerOrigin = 'tracker'): void {
    if (origin === 'tracker') this.#host.addPeers(this, peers);
    else this.main.addPeers(peers, origin);
  }

  progress(): TorrentProgress {
    const others = [...this.#figures.values()].map(({ progress }) => progress);
    return mergeProgress(this.main.progress(), others, this.elsewhere());
  }

  /** The books of all loops but the main one since the torrent was added. */
  elsewhere(): Accounts {
    const present = [...this.#figures.values()].map(({ progress }) => progress.accounts);
    return present.reduce(addAccounts, this.#before);
  }

  /** Takes it from the other loops. Resolves when all they did is in {@link elsewhere}. */
  endElsewhere(): Promise<void> {
    this.#ending ??= this.#host.remove(this);
    return this.#ending;
  }

  lifetime(): Promise<LedgerState> {
    return this.main.lifetime();
  }

  peers(): PeerSnapshot[] {
    return [...this.main.peers(), ...[...this.#figures.values()].flatMap(({ peers }) => peers)];
  }

  whenComplete(options?: WhenCompleteOptions): Promise<void> {
    return this.main.whenComplete(options);
  }

  have(): Bitfield {
    return this.main.have();
  }

  store(): ContentStore | undefined {
    return this.main.store();
  }

  setLimits(limits: RateLimits): void {
    this.main.setLimits(limits);
    this.#limits = limits;
    this.#host.onLimits(this);
  }

  setPriorities(priorities: Priorities): void {
    this.main.setPriorities(priorities);
  }

  setDeadlines(deadlines: ReadonlyMap<number, number>): void {
    this.main.setDeadlines(deadlines);
  }

  openReader(file: MetainfoFile, options?: OpenReaderOptions): FileReader {
    return this.main.openReader(file, options);
  }

  remove(): Promise<void> {
    // The main loop ends it elsewhere too: its books want to know what was done there.
    return this.main.remove();
  }
}
