import type { Clock } from '@shoal/swarm';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { SessionLogger } from '../api/session-logger.ts';
import type { Torrent } from '../api/torrent.ts';
import type { Schedule } from '../system.ts';
import { ratioOf, sumOf } from './accounts.ts';
import { SEED_LIMIT_INTERVAL } from './constants.ts';
import { Rounds } from './rounds.ts';
import { createLingeringSeedLimit, type SeedLimit, type SeedLimitPolicy } from './seed-limit-policy.ts';

/** A torrent with limits. */
interface Watch {
  readonly torrent: Torrent;
  readonly policy: SeedLimitPolicy;
  readonly onReached: ((limit: SeedLimit) => void) | undefined;
}

/** The torrents of a session that are to leave their swarm once they have given enough. */
export class SeedWatches {
  readonly #clock: Clock;
  readonly #logger: SessionLogger;
  readonly #rounds: Rounds<Watch>;

  constructor(components: {
    readonly clock: Clock;
    readonly schedule: Schedule;
    readonly logger: SessionLogger;
  }) {
    this.#clock = components.clock;
    this.#logger = components.logger;
    this.#rounds = new Rounds(
      { schedule: components.schedule, visit: (watch) => this.#visit(watch) },
      { pauseMs: SEED_LIMIT_INTERVAL },
    );
  }

  /** Watches a torrent that was added with these options, until it is closed. Without limits nothing is done. */
  watch(torrent: Torrent, { seedLimits = {}, onSeedLimit: onReached }: AddTorrent): void {
    const { ratio, seedMillis } = seedLimits;
    if (ratio === undefined && seedMillis === undefined) return;
    this.#rounds.add({ torrent, policy: createLingeringSeedLimit(seedLimits), onReached });
  }

  async #visit(watch: Watch): Promise<void> {
    const { torrent, policy, onReached } = watch;
    const { state, uploaded } = torrent.progress();
    if (state === 'closed') {
      this.#rounds.delete(watch);
      return;
    }
    const { accounts, seedMillis } = await torrent.lifetime();
    const requesters = torrent.peers().filter(({ complete }) => !complete).length;
    const figures = { ratio: ratioOf(accounts), seedMillis, uploaded, requesters };
    // A torrent that is being fetched has not begun to give back, however much it has sent.
    const isSeeding = state === 'idle' || state === 'seeding';
    const limit = isSeeding ? policy.reached(figures, this.#clock.now()) : undefined;
    if (limit === undefined) return;
    this.#rounds.delete(watch);
    const sent = sumOf(accounts.uploaded);
    this.#logger.info(
      { limit, ratio: figures.ratio, seedMillis, sent },
      'a torrent has given enough and ends',
    );
    await torrent.remove();
    onReached?.(limit);
  }
}
