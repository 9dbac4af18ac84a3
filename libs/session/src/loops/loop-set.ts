import { type Accounts, addAccounts, NO_ACCOUNTS } from '../accounts/accounts.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import { boardOf } from './board-memory.ts';
import { CLOSE_DEADLINE, RESTART_PAUSE } from './constants.ts';
import type { LoopError } from './loop-error.ts';
import type { LoopFigures, LoopInit, LoopReport, LoopTorrent } from './loop-messages.ts';
import { LoopThread } from './loop-thread.ts';
import { spreadPeers } from './spread-peers.ts';

/** What a {@link LoopSet} tells of its loops, which it numbers from 1; the main loop is 0. */
export interface LoopSetEvents {
  onFigures(loop: number, figures: LoopFigures): void;
  /** The loop does not serve the torrent any more, because it was removed or the loop died. */
  onGone(loop: number, name: string): void;
}

interface Loop {
  readonly number: number;
  /** Undefined while it is to be replaced. */
  thread: LoopThread | undefined;
  restart: NodeJS.Timeout | undefined;
  /** The thread's books, as of its latest report. */
  accounts: Accounts;
  /** Who waits for removals, in the order they were asked for. */
  readonly removals: (() => void)[];
}

/** The event loops of a session beside the main one. All of them serve the same torrents; one that dies is replaced. */
export class LoopSet {
  readonly #logger: SessionLogger;
  readonly #events: LoopSetEvents;
  readonly #init: Omit<LoopInit, 'loop'>;
  readonly #loops: readonly Loop[];
  readonly #torrents = new Map<string, LoopTorrent>();
  /** The books of threads that are gone. */
  #before = NO_ACCOUNTS;
  #isOpen = false;
  #closing: Promise<void> | undefined;

  /** @param init `count`: how many, beside the main loop */
  constructor(
    components: { readonly logger: SessionLogger; readonly events: LoopSetEvents },
    init: Omit<LoopInit, 'loop'> & { readonly count: number },
  ) {
    const { count, ...loopInit } = init;
    this.#logger = components.logger;
    this.#events = components.events;
    this.#init = loopInit;
    this.#loops = Array.from({ length: count }, (_, index) => ({
      number: index + 1,
      thread: undefined,
      restart: undefined,
      accounts: NO_ACCOUNTS,
      removals: [],
    }));
    for (const loop of this.#loops) this.#start(loop);
  }

  /** The books of all loops together since they began. */
  accounts(): Accounts {
    return this.#loops.map(({ accounts }) => accounts).reduce(addAccounts, this.#before);
  }

  has(name: string): boolean {
    return this.#torrents.has(name);
  }

  add(torrent: LoopTorrent): void {
    this.#torrents.set(torrent.name, torrent);
    for (const { thread } of this.#loops) thread?.post({ kind: 'add', ...torrent });
  }

  /** Resolves when every loop has disconnected the torrent's peers; a loop that takes too long is replaced. */
  async remove(name: string): Promise<void> {
    if (!this.#torrents.delete(name)) return;
    await Promise.all(this.#loops.map((loop) => this.#removeFrom(loop, name)));
  }

  /** Gives each loop its share of a torrent's peers; returns that of the main loop. */
  addPeers(name: string, peers: readonly PeerAddress[]): readonly PeerAddress[] {
    const [own = [], ...shares] = spreadPeers(peers, this.#loops.length + 1);
    for (const [index, share] of shares.entries()) {
      if (share.length > 0) this.#loops[index]?.thread?.post({ kind: 'peers', name, peers: share });
    }
    return own;
  }

  /** Whether the loops accept connections; they do not at first. */
  listen(isOpen: boolean): void {
    if (isOpen === this.#isOpen) return;
    this.#isOpen = isOpen;
    for (const { thread } of this.#loops) thread?.post({ kind: 'listen', isOpen });
  }

  /** Ends them all. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    for (const { restart } of this.#loops) clearTimeout(restart);
    await Promise.all(this.#loops.map(async ({ thread }) => await thread?.close()));
    for (const loop of this.#loops) this.#settleRemovals(loop);
  }

  #start(loop: Loop): void {
    const thread = new LoopThread(
      { ...this.#init, loop: loop.number },
      {
        onReport: (report) => this.#onReport(loop, report),
        onLost: (error) => this.#onLost(loop, error),
      },
    );
    loop.thread = thread;
    for (const torrent of this.#torrents.values()) thread.post({ kind: 'add', ...torrent });
    if (this.#isOpen) thread.post({ kind: 'listen', isOpen: true });
  }

  #onLost(loop: Loop, error: LoopError): void {
    loop.thread = undefined;
    this.#before = addAccounts(this.#before, loop.accounts);
    loop.accounts = NO_ACCOUNTS;
    this.#logger.warn({ error, code: error.code, loop: loop.number }, error.message);
    this.#settleRemovals(loop);
    for (const { name, memory } of this.#torrents.values()) {
      boardOf({ memory, loop: loop.number }).leave();
      this.#events.onGone(loop.number, name);
    }
    if (this.#closing !== undefined) return;
    loop.restart = setTimeout(() => this.#start(loop), RESTART_PAUSE).unref();
  }

  #onReport(loop: Loop, report: LoopReport): void {
    switch (report.kind) {
      case 'figures':
        loop.accounts = report.accounts;
        for (const figures of report.torrents) this.#events.onFigures(loop.number, figures);
        return;
      case 'removed':
        if (report.figures !== undefined) this.#events.onFigures(loop.number, report.figures);
        loop.removals.shift()?.();
        return;
      case 'log':
        this.#logger[report.level]({ ...report.fields, loop: loop.number }, report.message);
    }
  }

  async #removeFrom(loop: Loop, name: string): Promise<void> {
    const { thread } = loop;
    if (thread !== undefined) {
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(() => thread.terminate('it did not disconnect'), CLOSE_DEADLINE);
        loop.removals.push(() => {
          clearTimeout(deadline);
          resolve();
        });
        thread.post({ kind: 'remove', name });
      });
    }
    this.#events.onGone(loop.number, name);
  }

  #settleRemovals(loop: Loop): void {
    for (const settle of loop.removals.splice(0)) settle();
  }
}
