import type { Clock } from '@shoal/swarm';
import { SEED_TIME_STEP } from './constants.ts';
import {
  type Accounts,
  addAccounts,
  areSame,
  laterOf,
  NO_ACCOUNTS,
  usefulBytes,
  withLost,
} from './accounts.ts';
import { type LedgerFile, type LedgerState, NEW_LEDGER } from './ledger-file.ts';
import { TrafficLedger } from './traffic-ledger.ts';

/** The books that a resume file keeps, as of its last write. */
export interface FetchBooks {
  /** Of the fetch, over all runs. */
  readonly fetch: Accounts;
  /** Of the torrent, over all the time that this host has had it. */
  readonly lifetime: Accounts;
}

/** What event loops beside ours do for a torrent. */
export interface OtherLoops {
  /** Their books of it since it was added. */
  accounts(): Accounts;
  /** Takes it from them. Resolves when all they did is in {@link accounts}. */
  end(): Promise<void>;
}

/**
 * The books of one torrent: of this run, of its fetch over the runs that this took, and of its whole life on this host. The
 * first is counted, the second goes with the pieces in the resume file, the third has a file of its own.
 */
export class TorrentLedger {
  readonly name: string;
  /** Counts for this run. */
  readonly traffic: TrafficLedger;
  readonly #clock: Clock;
  readonly #file: Pick<LedgerFile, 'read' | 'write'> | undefined;
  readonly #others: OtherLoops | undefined;
  readonly #countsTime: boolean;
  /** Of the fetch, by the runs before. */
  #fetchedBefore = NO_ACCOUNTS;
  #isResumed = false;
  /** Of the whole life, by the runs before; read when it is first needed. */
  #before = NEW_LEDGER;
  #opening: Promise<void> | undefined;
  /** As in the file. */
  #saved = NEW_LEDGER;
  #saving: Promise<void> = Promise.resolve();
  #completeSince: number | undefined;

  /**
   * @param components `whole`: the session's books; `file`: none is kept when absent; `others`: none when absent
   * @param init `name`: the torrent's, for logs; `countsTime`: the file is also written when only seed time has passed
   */
  constructor(
    components: {
      readonly clock: Clock;
      readonly whole: TrafficLedger;
      readonly file?: Pick<LedgerFile, 'read' | 'write'> | undefined;
      readonly others?: OtherLoops | undefined;
    },
    init: { readonly name: string; readonly countsTime: boolean },
  ) {
    this.name = init.name;
    this.traffic = new TrafficLedger(components.whole);
    this.#clock = components.clock;
    this.#file = components.file;
    this.#others = components.others;
    this.#countsTime = init.countsTime;
  }

  /** Of the fetch so far: of this run, and of those that it goes on with. */
  fetch(): Accounts {
    return addAccounts(this.#fetchedBefore, this.traffic.accounts());
  }

  /** Of the whole life of the torrent on this host, this moment included. */
  async lifetime(): Promise<LedgerState> {
    await this.#open();
    return this.#lifetime();
  }

  #lifetime(): LedgerState {
    const before = this.#before;
    const now = this.#clock.now();
    const accounts = addAccounts(before.accounts, this.traffic.accounts());
    return {
      accounts: addAccounts(accounts, this.#others?.accounts() ?? NO_ACCOUNTS),
      seedMillis: before.seedMillis + now - (this.#completeSince ?? now),
    };
  }

  /** For the resume file. Call {@link resume} before. */
  books(): FetchBooks {
    return { fetch: this.fetch(), lifetime: this.#lifetime().accounts };
  }

  /**
   * Goes on with the books of a fetch that was interrupted. The later of what they and the file say holds; what they say
   * was of use and is not there was lost. Only the first call counts.
   * @param heldBytes payload of the pieces that are there
   */
  async resume(books: FetchBooks | undefined, heldBytes: number): Promise<void> {
    await this.#open();
    if (books === undefined || this.#isResumed) return;
    this.#isResumed = true;
    const lost = Math.max(0, usefulBytes(books.fetch) - heldBytes);
    this.#fetchedBefore = withLost(books.fetch, lost);
    const accounts = laterOf(this.#before.accounts, withLost(books.lifetime, lost));
    this.#before = { ...this.#before, accounts };
  }

  /** The torrent is complete: its seed time runs. */
  startSeeding(): void {
    this.#completeSince ??= this.#clock.now();
  }

  /**
   * Writes the file if something is new.
   * @param timeStep milliseconds of seed time that are something new, where it is counted
   * @throws the system's error; the next call tries again
   */
  save(timeStep = SEED_TIME_STEP): Promise<void> {
    const saved = this.#saving.then(() => this.#save(timeStep));
    this.#saving = saved.catch(() => undefined);
    return saved;
  }

  async #save(timeStep: number): Promise<void> {
    if (this.#file === undefined) return;
    const state = await this.lifetime();
    const saved = this.#saved;
    const isTimeDue = this.#countsTime && state.seedMillis - saved.seedMillis >= timeStep;
    if (areSame(state.accounts, saved.accounts) && !isTimeDue) return;
    await this.#file.write(state);
    this.#saved = state;
  }

  #open(): Promise<void> {
    this.#opening ??= this.#read();
    return this.#opening;
  }

  async #read(): Promise<void> {
    if (this.#file !== undefined) this.#before = await this.#file.read();
    this.#saved = this.#before;
  }
}
