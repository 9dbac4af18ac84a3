import type { Metainfo, PieceLayout } from '@shoal/protocol';
import type { PeerFacts, PeerHandle, Slot, TorrentCore } from '@shoal/swarm';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { BlockSource } from '../ports/block-source.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';
import type { TorrentEnvironment } from '../torrent/torrent-environment.ts';
import {
  MAX_ORIGIN_FAILURES,
  ORIGIN_RETRY_MAX,
  ORIGIN_RETRY_MIN,
  SWARM_PATIENCE,
  SWARM_SUFFICES,
} from './constants.ts';
import { isWebUrl, shownUrl } from './file-url.ts';
import { WebSeed } from './web-seed.ts';
import type { WebSeedError } from './web-seed-error.ts';

/** Collaborators of {@link WebSeeds}. */
export interface WebSeedsComponents {
  readonly environment: TorrentEnvironment;
  readonly core: TorrentCore;
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  readonly limits: TorrentLimiter;
  readonly ledger: TrafficLedger;
  readonly bufferOf: (slot: Slot) => Uint8Array | undefined;
  /** A block from an origin was of use. */
  readonly onUseful: () => void;
  readonly join: (source: BlockSource, facts: PeerFacts) => PeerHandle;
  readonly leave: (source: BlockSource, handle: PeerHandle) => void;
}

/** What is known of one URL. */
interface Origin {
  readonly url: string;
  seed: WebSeed | undefined;
  /** Failures since it was last of use. */
  failures: number;
  retryAt: number;
  isGivenUp: boolean;
}

/**
 * The web seeds of one torrent: asked only while its swarm gives too little. They join when no peer has sent a useful
 * block for SWARM_PATIENCE to twice that, and leave when all peers together send SWARM_SUFFICES.
 */
export class WebSeeds {
  readonly #components: WebSeedsComponents;
  readonly #origins: readonly Origin[];
  /** When the swarm's patience is over; undefined when it is to be drawn. */
  #dueAt: number | undefined;

  /** @param urls those that are not HTTP or HTTPS are never asked */
  constructor(components: WebSeedsComponents, urls: readonly string[]) {
    this.#components = components;
    this.#origins = [...new Set(urls)].map((url) => ({
      url,
      seed: undefined,
      failures: 0,
      retryAt: -Infinity,
      isGivenUp: !isWebUrl(url),
    }));
  }

  /** A peer has sent a useful block. */
  onPeerUseful(): void {
    this.#dueAt = undefined;
  }

  /** Its bytes were bad: it is not asked again. */
  ban(url: string): void {
    const origin = this.#origins.find((candidate) => candidate.url === url);
    if (origin === undefined) return;
    origin.isGivenUp = true;
    this.#components.environment.logger.warn({ url: shownUrl(url) }, 'banned a web seed that sent bad bytes');
  }

  /** @param peerRate what all peers send, in bytes per second */
  tick(now: number, peerRate: number): void {
    const { core, environment } = this.#components;
    if (this.#origins.length === 0) return;
    if (core.isSatisfied) this.#closeAll('nothing more is wanted');
    else if (peerRate >= SWARM_SUFFICES) this.#closeAll('the swarm gives enough');
    else {
      this.#dueAt ??= now + SWARM_PATIENCE + environment.random.below(SWARM_PATIENCE);
      if (now >= this.#dueAt) this.#openAll(now);
    }
  }

  #openAll(now: number): void {
    const { origins } = this.#components.environment;
    for (const origin of this.#origins) {
      if (origin.seed !== undefined || origin.isGivenUp || now < origin.retryAt) continue;
      if (!origins.take()) return;
      this.#open(origin);
    }
  }

  #open(origin: Origin): void {
    const { environment, join } = this.#components;
    const seed = new WebSeed(
      {
        ...this.#components,
        agent: environment.origins.agentFor(new URL(origin.url)),
        onUseful: () => {
          origin.failures = 0;
          this.#components.onUseful();
        },
        onClosed: (closed, reason, error) => this.#onClosed(origin, closed, reason, error),
      },
      { url: origin.url },
    );
    origin.seed = seed;
    seed.open(join(seed, { fast: true, v2: false }));
  }

  #closeAll(reason: string): void {
    this.#dueAt = undefined;
    for (const { seed } of this.#origins) seed?.close(reason);
  }

  #onClosed(origin: Origin, seed: WebSeed, reason: string, error: WebSeedError | undefined): void {
    const { environment, leave } = this.#components;
    const { clock, logger, origins } = environment;
    origin.seed = undefined;
    origins.giveBack();
    if (error !== undefined) this.#onFailure(origin, error, clock.now());
    const { isGivenUp } = origin;
    const fields = { url: shownUrl(origin.url), reason, code: error?.code, isGivenUp };
    if (error === undefined) logger.debug(fields, 'left a web seed');
    else logger.warn(fields, 'a web seed failed');
    if (seed.handle !== undefined) leave(seed, seed.handle);
  }

  #onFailure(origin: Origin, error: WebSeedError, now: number): void {
    origin.failures += 1;
    const isHopeless = error.code === 'SHOAL_WEB_SEED_UNFIT' || origin.failures >= MAX_ORIGIN_FAILURES;
    if (isHopeless) origin.isGivenUp = true;
    const pause = Math.min(ORIGIN_RETRY_MAX, ORIGIN_RETRY_MIN * 2 ** (origin.failures - 1));
    const drawn = pause / 2 + this.#components.environment.random.below(pause / 2);
    origin.retryAt = now + Math.max(error.retryAfter ?? 0, drawn);
  }
}
