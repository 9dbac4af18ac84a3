import type { Bitfield } from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import { RESUME_BYTES, RESUME_INTERVAL } from '../constants.ts';
import type { FetchBooks } from '../accounts/torrent-ledger.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { ResumeFile } from '../resume.ts';

export interface ResumeKeeperComponents {
  readonly clock: Clock;
  readonly file: Pick<ResumeFile, 'write'>;
  readonly store: Pick<ContentStore, 'sync'>;
  /** Peers to dial first after a restart, as of now. */
  readonly peers: () => readonly PeerAddress[];
  /** As of now. */
  readonly books: () => FetchBooks;
  /** Syncing or writing failed. */
  readonly onError: (error: unknown) => void;
}

/**
 * Brings a torrent's resume file up to date while it is fetched: what was written at every tick, so that a killed
 * process has little to fetch again, and what is durable every RESUME_BYTES or RESUME_INTERVAL.
 */
export class ResumeKeeper {
  readonly #components: ResumeKeeperComponents;
  /** The torrent's own, live. */
  readonly #have: Bitfield;
  #durable: Bitfield;
  #bytesSinceSync = 0;
  #syncedAt: number;
  #isChanged = false;
  /** The work begun last, and how much is not done yet: one waits for the other, since all write the same file. */
  #last: Promise<unknown> = Promise.resolve();
  #pending = 0;

  /** @param have the torrent's pieces, changed by its core @param durable those known to be durable */
  constructor(components: ResumeKeeperComponents, have: Bitfield, durable: Bitfield) {
    this.#components = components;
    this.#have = have;
    this.#durable = durable;
    this.#syncedAt = components.clock.now();
  }

  /** A piece of so many bytes was verified and written. */
  onPiece(bytes: number): void {
    this.#bytesSinceSync += bytes;
    this.#isChanged = true;
  }

  tick(now: number): void {
    if (this.#pending > 0) return;
    const isSyncDue = this.#bytesSinceSync >= RESUME_BYTES || now - this.#syncedAt >= RESUME_INTERVAL;
    if (isSyncDue && this.#bytesSinceSync > 0) this.#run(() => this.#sync());
    else if (this.#isChanged) this.#run(() => this.#write(false));
  }

  /** Makes everything written so far durable and says so in the file. Rejects with the store's or system's error. */
  flush(): Promise<void> {
    return this.#enqueue(() => this.#sync());
  }

  #run(work: () => Promise<void>): void {
    this.#enqueue(work).catch((error: unknown) => this.#components.onError(error));
  }

  #enqueue(work: () => Promise<void>): Promise<void> {
    this.#pending += 1;
    const done = this.#last.then(work).finally(() => {
      this.#pending -= 1;
    });
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #sync(): Promise<void> {
    const written = this.#have.clone();
    this.#bytesSinceSync = 0;
    await this.#components.store.sync();
    this.#syncedAt = this.#components.clock.now();
    this.#durable = written;
    await this.#write(true);
  }

  async #write(isDurable: boolean): Promise<void> {
    this.#isChanged = false;
    const { file, peers, books } = this.#components;
    const state = { durable: this.#durable, written: this.#have, peers: peers(), books: books() };
    await file.write(state, isDurable);
  }
}
