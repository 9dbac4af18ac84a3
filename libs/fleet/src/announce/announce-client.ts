import type { AnnounceHello, DeepPartial, SwarmRefusal } from '@shoal/contracts';
import { type Clock, type Logger, systemClock, type Telemetry, type Tls } from '@shoal/service';
import { pause, type UnitRandom } from '../pause.ts';
import type { Announcement, AnnouncedSwarm, Announcer } from '../swarms/announcer.ts';
import { REFUSED_RETRY_MS } from './constants.ts';
import type { JoinedSwarm } from './joined-swarm.ts';
import { shardOrder } from './shard-order.ts';
import { TrackerLink } from './tracker-link.ts';

export interface AnnounceClientComponents {
  readonly logger: Logger;
  readonly telemetry: Telemetry;
  readonly random: UnitRandom;
  readonly clock?: Clock;
}

export interface AnnounceClientInit {
  readonly tls?: Tls | undefined;
  /** Who we are and where peers reach us; asked at each connection. */
  readonly hello: () => DeepPartial<AnnounceHello>;
}

/** Announces swarms over one stream to each tracker shard in use. */
export interface AnnounceClient extends Announcer {
  /** Whether every swarm is announced at a tracker that is connected now. */
  readonly connected: boolean;
  /** Leaves every swarm and ends the streams; takes two seconds at most. */
  close(): Promise<void>;
}

/** Makes the announce client of an agent or a seeder. */
export function createAnnounceClient(
  components: AnnounceClientComponents,
  init: AnnounceClientInit,
): AnnounceClient {
  return new ShardedAnnouncer(components, init);
}

class ShardedAnnouncer implements AnnounceClient {
  readonly #components: Required<AnnounceClientComponents>;
  readonly #init: AnnounceClientInit;
  readonly #swarms = new Map<number, JoinedSwarm>();
  /** Where each swarm is announced now. */
  readonly #placed = new Map<JoinedSwarm, TrackerLink>();
  readonly #links = new Map<string, TrackerLink>();
  readonly #ending = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  readonly #retrying: Promise<void>;
  readonly #count: ReturnType<typeof createCounters>;
  #lastHandle = 0;

  constructor(components: AnnounceClientComponents, init: AnnounceClientInit) {
    this.#components = { clock: systemClock, ...components };
    this.#init = init;
    this.#count = createCounters(components.telemetry);
    this.#retrying = this.#retryRefused();
  }

  get connected(): boolean {
    return [...this.#placed.values()].every((link) => link.state === 'up');
  }

  join({ infoHash, grant, trackerEndpoints, ...swarmOf }: AnnouncedSwarm): Announcement {
    const shards = shardOrder(infoHash, trackerEndpoints);
    const handle = ++this.#lastHandle;
    const swarm: JoinedSwarm = { ...swarmOf, handle, infoHash, grant, shards, refused: false };
    this.#swarms.set(handle, swarm);
    this.#place(swarm);
    return {
      update: (now) => this.#placed.get(swarm)?.queue.update(swarm, now, ''),
      renew: (fresh) => this.#renew(swarm, fresh),
      report: (peerId) => this.#placed.get(swarm)?.queue.report(swarm, peerId),
      leave: () => this.#leave(swarm),
    };
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#swarms.clear();
    this.#placed.clear();
    this.#endUnusedLinks();
    await Promise.all([...this.#ending, this.#retrying]);
  }

  #renew(swarm: JoinedSwarm, grant: string): void {
    swarm.grant = grant;
    const queue = this.#placed.get(swarm)?.queue;
    if (swarm.refused) queue?.join(swarm);
    else queue?.update(swarm, { ...swarm.status(), numwant: 0 }, grant);
    swarm.refused = false;
  }

  #leave(swarm: JoinedSwarm): void {
    this.#swarms.delete(swarm.handle);
    this.#placed.get(swarm)?.remove(swarm);
    this.#placed.delete(swarm);
    this.#endUnusedLinks();
  }

  /** Announces a swarm at the first of its shards that is not known to be down; at the first when all are. */
  #place(swarm: JoinedSwarm): void {
    const [first] = swarm.shards;
    if (first === undefined) return;
    const usable = swarm.shards.find((endpoint) => this.#links.get(endpoint)?.state !== 'down') ?? first;
    const link = this.#link(usable);
    const before = this.#placed.get(swarm);
    if (before === link) return;
    before?.remove(swarm);
    if (usable !== first) this.#count.fallback();
    this.#placed.set(swarm, link);
    link.add(swarm);
  }

  /** The link to a shard that went down stays while swarms prefer it: they return when the tracker does. */
  #placeAll(): void {
    for (const swarm of this.#swarms.values()) this.#place(swarm);
    this.#endUnusedLinks();
  }

  #link(endpoint: string): TrackerLink {
    const known = this.#links.get(endpoint);
    if (known !== undefined) return known;
    const link = new TrackerLink(this.#components, {
      ...this.#init,
      endpoint,
      tls: this.#init.tls,
      onStateChange: () => this.#placeAll(),
      onRefusal: (swarm, refusal) => this.#refused(swarm, refusal, endpoint),
    });
    this.#links.set(endpoint, link);
    return link;
  }

  #endUnusedLinks(): void {
    const preferred = new Set(Array.from(this.#swarms.values(), ({ shards }) => shards[0]));
    const used = new Set(this.#placed.values());
    for (const [endpoint, link] of this.#links) {
      if (preferred.has(endpoint) || used.has(link)) continue;
      this.#links.delete(endpoint);
      const ending = link.close().finally(() => this.#ending.delete(ending));
      this.#ending.add(ending);
    }
  }

  #refused(swarm: JoinedSwarm, { code, message, remedy }: SwarmRefusal, endpoint: string): void {
    swarm.refused = true;
    this.#count.refusal(code);
    const infoHash = Buffer.from(swarm.infoHash).toString('hex');
    this.#components.logger.warn(
      { code, infoHash, endpoint, remedy },
      `the tracker refused a swarm: ${message}`,
    );
  }

  async #retryRefused(): Promise<void> {
    const { clock } = this.#components;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await pause(clock, REFUSED_RETRY_MS, signal);
      for (const swarm of this.#swarms.values()) {
        if (!swarm.refused) continue;
        swarm.refused = false;
        this.#placed.get(swarm)?.queue.join(swarm);
      }
    }
  }
}

function createCounters({ meter }: Telemetry) {
  const fallbacks = meter.createCounter('shoal.announce.fallbacks', {
    description: 'Swarms moved to another tracker shard because theirs was lost.',
  });
  fallbacks.add(0);
  const refusals = meter.createCounter('shoal.announce.refusals', {
    description: 'Swarms that a tracker refused, by error code.',
  });
  return {
    fallback: () => fallbacks.add(1),
    refusal: (code: string) => refusals.add(1, { code }),
  };
}
