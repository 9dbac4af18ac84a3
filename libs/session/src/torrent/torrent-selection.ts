import type { Metainfo } from '@shoal/protocol';
import { type Clock, DEFAULT_PRIORITY, type TorrentCore } from '@shoal/swarm';
import type { Priorities } from '../api/selection.ts';
import { TorrentError } from '../errors.ts';
import type { Arrangement } from '../ports/content-store.ts';
import { toPiecePriorities } from './piece-priorities.ts';

/** A torrent that is active. */
interface Target {
  readonly core: TorrentCore;
  readonly metainfo: Metainfo;
}

/** Deadlines as they were given. */
interface SetDeadlines {
  /** By piece, in milliseconds from `setAt`. */
  readonly delays: ReadonlyMap<number, number>;
  /** Milliseconds. */
  readonly setAt: number;
}

const NO_DEADLINES: SetDeadlines = { delays: new Map(), setAt: 0 };

/** What is wanted of a torrent, and by when, whether it is active or not yet. */
export class TorrentSelection {
  readonly #clock: Clock;
  readonly #name: string;
  #priorities: Priorities;
  #deadlines: SetDeadlines = NO_DEADLINES;
  #ofReaders: SetDeadlines = NO_DEADLINES;
  #revision = 0;

  /** @param name the torrent's, for errors */
  constructor(components: { readonly clock: Clock }, name: string, priorities: Priorities = {}) {
    this.#clock = components.clock;
    this.#name = name;
    this.#priorities = priorities;
  }

  /** @throws TorrentError SHOAL_TORRENT_BAD_SELECTION */
  setPriorities(priorities: Priorities, target: Target | undefined): void {
    const ofPieces = target && this.#check(() => toPiecePriorities(target.metainfo, priorities));
    this.#priorities = priorities;
    this.#revision += 1;
    target?.core.setPriorities(ofPieces);
  }

  /** How often the priorities were replaced. */
  get revision(): number {
    return this.#revision;
  }

  /** What of the torrent is to be seen. */
  arrangement(isFetched: boolean): Arrangement {
    const { ofFile } = this.#priorities;
    return { isWanted: (file) => (ofFile?.(file) ?? DEFAULT_PRIORITY) > 0, isFetched };
  }

  /** @throws TorrentError SHOAL_TORRENT_BAD_SELECTION */
  setDeadlines(deadlines: ReadonlyMap<number, number>, target: Target | undefined): void {
    this.#check(() => {
      for (const [piece, delay] of deadlines) checkDeadline(piece, delay, target?.metainfo.pieceCount);
    });
    this.#deadlines = { delays: deadlines, setAt: this.#clock.now() };
    if (target !== undefined) this.startDeadlines(target);
  }

  /** Replaces the deadlines of readers, which hold beside those of {@link setDeadlines}: the earlier one of a piece counts. */
  setReaderDeadlines(deadlines: ReadonlyMap<number, number>, target: Target | undefined): void {
    this.#ofReaders = { delays: deadlines, setAt: this.#clock.now() };
    if (target !== undefined) this.startDeadlines(target);
  }

  /** By piece, for a core to start with. @throws TorrentError SHOAL_TORRENT_BAD_SELECTION */
  prioritiesOf(metainfo: Metainfo): Uint8Array | undefined {
    return this.#check(() => toPiecePriorities(metainfo, this.#priorities));
  }

  /** Tells an active torrent the deadlines. Those of pieces that it turns out not to have are dropped. */
  startDeadlines({ core, metainfo }: Target): void {
    const now = this.#clock.now();
    const left = new Map<number, number>();
    for (const { delays, setAt } of [this.#deadlines, this.#ofReaders]) {
      for (const [piece, delay] of delays) {
        if (piece >= metainfo.pieceCount) continue;
        left.set(piece, Math.min(delay + setAt - now, left.get(piece) ?? Infinity));
      }
    }
    core.setDeadlines(left);
  }

  #check<T>(select: () => T): T {
    try {
      return select();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      const remedy = 'Priorities go from 0 to 7, deadlines are milliseconds; pieces are counted from 0.';
      throw new TorrentError('SHOAL_TORRENT_BAD_SELECTION', this.#name, error.message, remedy);
    }
  }
}

function checkDeadline(piece: number, delay: number, pieceCount = Infinity): void {
  const isValid = Number.isInteger(piece) && piece >= 0 && piece < pieceCount && Number.isFinite(delay);
  if (!isValid) throw new RangeError(`a deadline of ${delay} ms for piece ${piece}`);
}
