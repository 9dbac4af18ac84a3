import type { FleetServiceDefinition, Seeding } from '@shoal/contracts';
import {
  digestBytes,
  type DigestHex,
  digestHex,
  fetchSwarm,
  pause,
  type Scrubber,
  type SwarmKey,
  swarmKey,
  type SwarmMembers,
  type SwarmRecord,
  type SwarmRecords,
  type UnitRandom,
} from '@shoal/fleet';
import type { DirectoryStoreComponents } from '@shoal/session';
import { backoffMs, type Clock, type GrpcClient, type Logger } from '@shoal/service';
import { SEEDINGS_PAGE, SYNC_BACKOFF } from '../constants.ts';
import { ListedSwarms } from './listed-swarms.ts';
import type { Trees } from './trees.ts';

/** Collaborators of {@link Seedings}. */
export interface SeedingsComponents {
  readonly fleet: GrpcClient<FleetServiceDefinition>;
  readonly members: SwarmMembers;
  readonly records: SwarmRecords;
  readonly trees: Trees;
  readonly scrubber: Pick<Scrubber, 'damaged'>;
  readonly store: DirectoryStoreComponents;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
}

export interface SeedingsInit {
  readonly namespace: string;
  /** This seeder. */
  readonly hostId: string;
}

/** A swarm to be served: content under an artifact's name. */
export interface WantedSeeding {
  readonly namespace: string;
  readonly name: string;
  readonly contentDigest: DigestHex;
  /** Names one of several swarms; the main one when absent. */
  readonly key?: SwarmKey;
}

/** The swarms a seeder serves: those whose tree it holds and the catalog lists. */
export interface Seedings {
  /** Serves what an earlier run served. */
  start(): Promise<void>;
  /** Serves a swarm from now on. When the catalog does not answer now, it is tried again in the background. */
  add(seeding: WantedSeeding): Promise<void>;
  /** Serves a swarm whose tree and record are here. */
  serve(record: SwarmRecord): void;
  /** The catalog's list has this revision now: looks at it unless it is the one it looked at last. */
  onRevision(revision: bigint): void;
  /** Looks at the catalog's list in the background. */
  sync(): void;
  /** Whether a swarm of this content is served, under this name if one is given. */
  isServed(digest: DigestHex, name?: string): boolean;
  stop(): Promise<void>;
}

export function createSeedings(components: SeedingsComponents, init: SeedingsInit): Seedings {
  return new SeedingSet(components, init);
}

class SeedingSet implements Seedings {
  readonly #components: SeedingsComponents;
  readonly #init: SeedingsInit;
  readonly #stop = new AbortController();
  /** Set while a look at the list is due; one that comes due during a look is done after it. */
  #isDue = false;
  #syncing: Promise<void> | undefined;
  #revision: bigint | undefined;

  constructor(components: SeedingsComponents, init: SeedingsInit) {
    this.#components = components;
    this.#init = init;
  }

  async start(): Promise<void> {
    const { records, trees, logger } = this.#components;
    for (const record of await records.list()) {
      if (await trees.has(record.contentDigest)) this.serve(record);
      else
        logger.error({ name: record.name, content: record.contentDigest }, 'a tree that was served is gone');
    }
  }

  async add(seeding: WantedSeeding): Promise<void> {
    try {
      await this.#join(seeding);
    } catch (error) {
      this.#components.logger.warn(
        { err: error, name: seeding.name },
        'could not serve a swarm; trying again',
      );
      this.sync();
    }
  }

  onRevision(revision: bigint): void {
    if (revision === this.#revision) return;
    this.#revision = revision;
    this.sync();
  }

  sync(): void {
    this.#isDue = true;
    this.#syncing ??= this.#syncWhileDue().finally(() => {
      this.#syncing = undefined;
    });
  }

  isServed(digest: DigestHex, name?: string): boolean {
    for (const { record } of this.#components.members.all()) {
      if (record.contentDigest === digest && (name ?? record.name) === record.name) return true;
    }
    return false;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#syncing;
  }

  async #syncWhileDue(): Promise<void> {
    const { clock, random, logger } = this.#components;
    const { signal } = this.#stop;
    for (let failures = 0; this.#isDue && !signal.aborted;) {
      this.#isDue = false;
      try {
        await this.#syncOnce(signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        this.#isDue = true;
        if (failures === 1) logger.warn({ err: error }, 'could not learn what to serve; trying again');
        await pause(clock, backoffMs(failures, { ...SYNC_BACKOFF, random }), signal);
      }
    }
  }

  async #syncOnce(signal: AbortSignal): Promise<void> {
    const { fleet } = this.#components;
    const { namespace, hostId: seederId } = this.#init;
    const before = [...this.#components.members.all()].map(({ record }) => record);
    const listed = new ListedSwarms();
    let pageToken = '';
    do {
      const request = { namespace, seederId, pageSize: SEEDINGS_PAGE, pageToken };
      const page = await fleet.listSeedings(request, { signal });
      for (const seeding of page.seedings) {
        const key = keyOf(seeding);
        listed.add(seeding, key);
        await this.#joinListed(seeding, key);
      }
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    for (const record of before) if (listed.lacksOnlySwarm(record)) await this.#leave(record);
  }

  async #joinListed({ namespace, name, contentDigest }: Seeding, key: SwarmKey): Promise<void> {
    const { members, trees, logger } = this.#components;
    if (members.get(key) !== undefined) return;
    const digest = digestHex(contentDigest);
    if (await trees.has(digest)) await this.#join({ namespace, name, contentDigest: digest, key });
    else logger.error({ name, content: digest }, 'the catalog lists content that this seeder does not hold');
  }

  /** Leaves a swarm that was removed; the tree stays, other swarms have it too. */
  async #leave({ key, name }: SwarmRecord): Promise<void> {
    const { members, records, logger } = this.#components;
    await members.leave(key);
    await records.remove(key);
    logger.info({ name, swarm: key }, 'left a swarm that was removed');
  }

  async #join({ namespace, name, contentDigest, key }: WantedSeeding): Promise<void> {
    const { records } = this.#components;
    const { hostId } = this.#init;
    const query = {
      namespace,
      hostId,
      name,
      version: '',
      contentDigest: digestBytes(contentDigest),
      ...(key !== undefined && { key }),
    };
    const { record, metainfoBytes } = await fetchSwarm(this.#components, query, this.#stop.signal);
    await records.save(record, metainfoBytes);
    this.serve(record);
  }

  serve(record: SwarmRecord): void {
    const { members, trees, store, scrubber } = this.#components;
    // Whoever repairs it is in the swarm already, or is about to be.
    if (scrubber.damaged.has(record.contentDigest)) return;
    const root = trees.path(record.contentDigest);
    const tree = () => Promise.resolve({ root, create: false });
    members.join(record, { store, have: 'all', tree, servedRoot: root });
  }
}

function keyOf({ infoHashV1, infoHashV2 }: Seeding): SwarmKey {
  return swarmKey(infoHashV1.length > 0 ? infoHashV1 : infoHashV2);
}
