import type { TransferReport } from '@shoal/contracts';
import type { DigestHex, Scrubber, SwarmMember, SwarmMembers, SwarmRecord, SwarmRecords } from '@shoal/fleet';
import type { Bitfield, Metainfo } from '@shoal/protocol';
import {
  type DirectoryStoreComponents,
  isStall,
  removeTree,
  type SeedLimit,
  type SeedLimits,
} from '@shoal/session';
import { type Clock, isAbortError, orAborted, type Telemetry, withSpan } from '@shoal/service';
import { AgentError } from '../errors.ts';
import type { AgentMetrics } from '../metrics.ts';
import { Superseded } from '../reconcile/superseded.ts';
import { incomingPath, type Layout, publishedPath, resumePath } from '../store/layout.ts';
import { dropOrphanedResume, isPublished, publish } from '../store/publish.ts';
import { hasPart, replacePart } from '../store/parts.ts';
import { reusePublished } from '../store/reuse-published.ts';
import type { SwarmResolver, WantedArtifact } from './resolve-swarm.ts';
import { Semaphore } from './semaphore.ts';
import { Transfer } from './transfer.ts';
import { heldReport } from './transfer-report.ts';
import { webSeedOf } from './web-seeds.ts';

/** Collaborators of a {@link Fetcher}. */
export interface FetcherComponents {
  readonly layout: Layout;
  readonly resolver: SwarmResolver;
  readonly records: SwarmRecords;
  readonly members: SwarmMembers;
  readonly store: DirectoryStoreComponents;
  readonly clock: Clock;
  readonly metrics: AgentMetrics;
  readonly telemetry: Telemetry;
  readonly scrubber: Pick<Scrubber, 'damaged' | 'published'>;
}

export interface FetcherInit {
  /** Called before a swarm is joined: whoever else is in it for a part of the tree must have left when it resolves. */
  readonly takeSwarm: (digest: DigestHex) => Promise<void>;
  /** Trees fetched at once. */
  readonly maxFetches: number;
  /** Milliseconds without a new piece after which waiting for a tree fails. */
  readonly noProgressMs: number;
  /** As {@link checkWebSeeds} gives them. */
  readonly webSeeds: readonly string[];
  /** When to leave the swarm of a tree that is there. */
  readonly seedLimits: SeedLimits;
}

/** What to fetch. */
export interface FetchRequest extends WantedArtifact {
  /** Called as soon as it is known what content that is. */
  readonly onResolved?: (record: SwarmRecord) => void;
}

/** A tree that is verified and published on this host. */
export interface PublishedTree {
  readonly record: SwarmRecord;
  /** Absolute. */
  readonly path: string;
  readonly transfer: TransferReport;
}

/** Fetches trees through their swarms and goes on seeding them. */
export interface Fetcher {
  /**
   * Resolves when the tree is published. When waiting fails, the transfer goes on: ask again and it is waited for again.
   * It ends when `signal` fires and nobody else waits; with the reason {@link Superseded}, what it had is removed.
   * @throws AgentError SHOAL_AGENT_NO_PROGRESS or SHOAL_AGENT_CONTENT_DAMAGED, StoreError, what finding the swarm raises
   */
  fetch(wanted: FetchRequest, signal: AbortSignal): Promise<PublishedTree>;
  /** How far the transfer of a content is, or what it took; `undefined` when this run of the agent had none. */
  transfer(digest: DigestHex): TransferReport | undefined;
  /** Whether a content is being fetched. */
  isFetching(digest: DigestHex): boolean;
  /** Resolves when nothing of a content is left that was given up. */
  whenLeft(digest: DigestHex): Promise<void>;
  /** Trees being fetched. */
  readonly active: number;
  /** Seeds everything an earlier run has published. */
  resumeSeeding(): Promise<void>;
  /** Seeds a tree that is published. */
  seed(record: SwarmRecord): void;
}

export function createFetcher(components: FetcherComponents, init: FetcherInit): Fetcher {
  return new TreeFetcher(components, init);
}

class TreeFetcher implements Fetcher {
  readonly #components: FetcherComponents;
  readonly #init: FetcherInit;
  readonly #turns: Semaphore;
  /** What this run has fetched or is fetching. */
  readonly #transfers = new Map<DigestHex, Transfer>();
  /** Transfers that were given up and are still cleaning up. */
  readonly #ending = new Map<DigestHex, Promise<void>>();

  constructor(components: FetcherComponents, init: FetcherInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Semaphore(init.maxFetches);
  }

  get active(): number {
    return [...this.#transfers.values()].filter(({ finishedAt }) => finishedAt === undefined).length;
  }

  isFetching(digest: DigestHex): boolean {
    const transfer = this.#transfers.get(digest);
    return transfer !== undefined && transfer.finishedAt === undefined;
  }

  async whenLeft(digest: DigestHex): Promise<void> {
    await this.#ending.get(digest);
  }

  transfer(digest: DigestHex): TransferReport | undefined {
    return this.#transfers.get(digest)?.report(this.#components.clock.now());
  }

  async fetch(wanted: FetchRequest, signal: AbortSignal): Promise<PublishedTree> {
    const { telemetry, resolver, layout } = this.#components;
    const attributes = { 'shoal.name': wanted.name, 'shoal.version': wanted.version };
    return await withSpan(telemetry, 'fetch', { attributes }, async () => {
      const record = await resolver.resolve(wanted, signal);
      const digest = record.contentDigest;
      wanted.onResolved?.(record);
      if (await isPublished(layout, digest)) this.seed(record);
      else await this.#turns.run(signal, () => this.#fetchThrough(record, signal));
      const transfer = this.transfer(digest) ?? heldReport(record.size);
      return { record, path: publishedPath(layout, digest), transfer };
    });
  }

  async resumeSeeding(): Promise<void> {
    const { records, layout } = this.#components;
    for (const record of await records.list()) {
      if (await isPublished(layout, record.contentDigest)) this.seed(record);
    }
  }

  seed(record: SwarmRecord): void {
    const { members, layout, store, scrubber } = this.#components;
    // Whoever repairs it is in the swarm already, or is about to be.
    if (scrubber.damaged.has(record.contentDigest)) return;
    const root = publishedPath(layout, record.contentDigest);
    const tree = () => Promise.resolve({ root, create: false });
    members.join(record, { store, have: 'all', tree, ...this.#seeding() });
  }

  #seeding() {
    const onSeedLimit = (limit: SeedLimit): void => this.#components.metrics.seedLimit(limit);
    return { seedLimits: this.#init.seedLimits, onSeedLimit };
  }

  async #fetchThrough(record: SwarmRecord, signal: AbortSignal): Promise<void> {
    const { metrics, clock } = this.#components;
    const transfer = this.#begin(record);
    transfer.waiting += 1;
    try {
      await this.#complete(transfer, signal);
      metrics.fetched('published', clock.now() - transfer.startedAt);
    } catch (error) {
      const cancelled = signal.aborted && isCancellation(error);
      metrics.fetched(cancelled ? 'cancelled' : 'failed', clock.now() - transfer.startedAt);
      if (cancelled && transfer.waiting === 1)
        await this.#giveUp(transfer, signal.reason instanceof Superseded);
      throw error;
    } finally {
      transfer.waiting -= 1;
    }
  }

  /** The transfer of the record's content, begun or gone on with from what an earlier run left. */
  #begin(record: SwarmRecord): Transfer {
    const digest = record.contentDigest;
    const running = this.#transfers.get(digest);
    if (running !== undefined && running.finishedAt === undefined) return running;
    const join = (transfer: Transfer, signal: AbortSignal) => this.#join(transfer, signal);
    const transfer = new Transfer(record, this.#components.clock.now(), join);
    this.#transfers.set(digest, transfer);
    transfer.joined().catch(() => {
      if (this.#transfers.get(digest) === transfer) this.#transfers.delete(digest);
    });
    return transfer;
  }

  async #join(transfer: Transfer, signal: AbortSignal): Promise<SwarmMember> {
    const { members, layout, store } = this.#components;
    const { record } = transfer;
    const digest = record.contentDigest;
    await this.whenLeft(digest);
    await this.#init.takeSwarm(digest);
    // A tree that was removed by hand: its torrent still takes it for complete.
    await members.leave(record.key);
    await dropOrphanedResume(layout, digest);
    const have = await this.#reuse(transfer, signal);
    return members.join(record, {
      store,
      have,
      reusedBytes: transfer.bytesReused,
      resumePath: resumePath(layout, digest),
      webSeeds: this.#init.webSeeds.map((url) => webSeedOf(url, digest)),
      ...this.#seeding(),
      tree: async () =>
        (await isPublished(layout, digest))
          ? { root: publishedPath(layout, digest), create: false }
          : { root: incomingPath(layout, digest), create: true },
    });
  }

  /** Starts the tree with what the host has of it; the pieces that are there then. */
  async #reuse(transfer: Transfer, signal: AbortSignal): Promise<'none' | Bitfield> {
    const { layout, records, store, metrics, telemetry } = this.#components;
    const onReused = (bytes: number): void => void (transfer.bytesReused += bytes);
    const components = { layout, records, pool: store.pool };
    const have = await withSpan(telemetry, 'reuse', {}, () =>
      reusePublished(components, transfer.record, { onReused, signal }),
    );
    metrics.reused(transfer.bytesReused);
    return have;
  }

  async #complete(transfer: Transfer, signal: AbortSignal): Promise<void> {
    const { noProgressMs } = this.#init;
    const { torrent, record } = await orAborted(transfer.joined(), signal);
    try {
      await torrent.whenComplete({ signal, noProgressMs });
    } catch (error) {
      if (!isStall(error)) throw error;
      const { peers } = torrent.progress();
      const message = `no piece of ${record.name} came for ${noProgressMs} ms; ${peers} peers are connected`;
      throw new AgentError('SHOAL_AGENT_NO_PROGRESS', message, { cause: error });
    }
    transfer.publishing ??= this.#publish(transfer).finally(() => (transfer.publishing = undefined));
    await transfer.publishing;
  }

  async #publish(transfer: Transfer): Promise<void> {
    const { telemetry, clock, layout, store, records } = this.#components;
    const member = await transfer.joined();
    await withSpan(telemetry, 'publish', {}, async () => {
      const metainfo = (): Promise<Metainfo> => records.metainfo(member.record.key);
      try {
        await publish({ layout, pool: store.pool }, member.record, metainfo, member.torrent);
      } catch (error) {
        if (error instanceof AgentError) await this.#giveUp(transfer, true);
        throw error;
      }
    });
    transfer.finishedAt = clock.now();
    await this.#components.scrubber.published(transfer.record.contentDigest);
    await replacePart(layout, transfer.record.contentDigest);
  }

  /** Leaves the swarm. Pieces that are durable stay for the next time, unless they are not wanted any more. */
  async #giveUp(transfer: Transfer, unwanted: boolean): Promise<void> {
    const digest = transfer.record.contentDigest;
    this.#transfers.delete(digest);
    const ended = this.#end(transfer, unwanted).finally(() => this.#ending.delete(digest));
    this.#ending.set(digest, ended);
    await ended;
  }

  async #end(transfer: Transfer, unwanted: boolean): Promise<void> {
    const { members, layout, records } = this.#components;
    const { key, contentDigest: digest } = transfer.record;
    await transfer.callOff();
    await members.leave(key);
    if (!unwanted) return;
    await removeTree(incomingPath(layout, digest));
    await removeTree(resumePath(layout, digest));
    if (!(await hasPart(layout, digest))) await records.remove(key);
  }
}

function isCancellation(error: unknown): boolean {
  return isAbortError(error) || error instanceof Superseded;
}
