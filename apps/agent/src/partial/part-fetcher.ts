import type { TransferReport } from '@shoal/contracts';
import type {
  DigestHex,
  RepairedContent,
  RepairFilesInit,
  SwarmMember,
  SwarmMembers,
  SwarmRecord,
  SwarmRecords,
} from '@shoal/fleet';
import type { FileSelectionInit, Metainfo, MetainfoEntry } from '@shoal/protocol';
import { type Clock, orAborted, type Telemetry, withSpan } from '@shoal/service';
import {
  type DirectoryStoreComponents,
  isStall,
  type Priority,
  PRIORITY_OF_LEVEL,
  type Torrent,
} from '@shoal/session';
import { AgentError } from '../errors.ts';
import type { Fetcher, FetchRequest, PublishedTree } from '../fetch/fetcher.ts';
import type { SwarmResolver } from '../fetch/resolve-swarm.ts';
import { Semaphore } from '../fetch/semaphore.ts';
import { heldReport } from '../fetch/transfer-report.ts';
import { webSeedOf } from '../fetch/web-seeds.ts';
import type { AgentMetrics } from '../metrics.ts';
import { type Layout, partIncomingPath, partPath, partResumePath, publishedPath } from '../store/layout.ts';
import { hasPart, removePart } from '../store/parts.ts';
import { isPublished } from '../store/publish.ts';
import { missingEntries } from './missing-entries.ts';
import { addToPart, dropOrphanedPart, reuseForPart } from './part-files.ts';
import { priorityOf } from './part-selection.ts';
import { PartTransfer } from './part-transfer.ts';

/** Collaborators of a {@link PartFetcher}. */
export interface PartFetcherComponents {
  readonly layout: Layout;
  readonly resolver: SwarmResolver;
  readonly records: SwarmRecords;
  readonly members: SwarmMembers;
  readonly store: DirectoryStoreComponents;
  /** Of whole trees: it goes first where both want the same swarm. */
  readonly fetcher: Fetcher;
  readonly clock: Clock;
  readonly metrics: AgentMetrics;
  readonly telemetry: Telemetry;
}

export interface PartFetcherInit {
  /** Parts fetched at once. */
  readonly maxFetches: number;
  /** Milliseconds without a new piece after which waiting fails. */
  readonly noProgressMs: number;
  readonly webSeeds: readonly string[];
}

/** What of an artifact to fetch. */
export interface PartRequest extends FetchRequest {
  readonly selection: FileSelectionInit;
}

/**
 * Fetches parts of artifacts, each into a tree of its own beside the published ones: a part is never published. What is asked
 * for later of the same content is added to the part; nothing of it is fetched twice. A tree that is published has every part.
 */
export class PartFetcher {
  readonly #components: PartFetcherComponents;
  readonly #init: PartFetcherInit;
  readonly #turns: Semaphore;
  readonly #transfers = new Map<DigestHex, PartTransfer>();
  /** Parts that are being removed. */
  readonly #removing = new Map<DigestHex, Promise<void>>();

  constructor(components: PartFetcherComponents, init: PartFetcherInit) {
    this.#components = components;
    this.#init = init;
    this.#turns = new Semaphore(init.maxFetches);
  }

  /** Parts being fetched. */
  get active(): number {
    return this.#transfers.size;
  }

  /** How far the part of a content is that is being fetched. */
  transfer(digest: DigestHex): TransferReport | undefined {
    return this.#transfers.get(digest)?.report(this.#components.clock.now());
  }

  /**
   * Resolves when what is asked for is in the part, or the whole is published. Pieces that came stay for the next time when
   * waiting fails.
   * @throws SelectionError; AgentError SHOAL_AGENT_NO_PROGRESS or SHOAL_AGENT_NO_PARTS; StoreError; what finding the swarm raises
   */
  async fetch(wanted: PartRequest, signal: AbortSignal): Promise<PublishedTree> {
    const { telemetry, resolver, records, layout } = this.#components;
    const attributes = { 'shoal.name': wanted.name, 'shoal.version': wanted.version };
    return await withSpan(telemetry, 'fetch part', { attributes }, async () => {
      const record = await resolver.resolve(wanted, signal);
      if (record.infoHashV2 === undefined) {
        throw new AgentError('SHOAL_AGENT_NO_PARTS', `the swarm of ${record.name} is of v1 alone`);
      }
      wanted.onResolved?.(record);
      const metainfo = await records.metainfo(record.key);
      const priority = priorityOf(metainfo.files, wanted.selection);
      const transfer = await this.#turns.run(signal, () =>
        this.#complete(record, metainfo, priority, signal),
      );
      const digest = record.contentDigest;
      const isWhole = await isPublished(layout, digest);
      return { record, path: isWhole ? publishedPath(layout, digest) : partPath(layout, digest), transfer };
    });
  }

  /**
   * Fetches damaged files of a part anew: their pieces that are sound are kept. There is nothing to do once the part is removed,
   * or the whole is published.
   * @throws AgentError SHOAL_AGENT_NO_PROGRESS; StoreError; the signal's reason
   */
  async repair(
    record: SwarmRecord,
    { damaged, signal }: Pick<RepairFilesInit, 'damaged' | 'signal'>,
  ): Promise<RepairedContent> {
    const { records, layout } = this.#components;
    const metainfo = await records.metainfo(record.key);
    for (;;) {
      signal.throwIfAborted();
      if (!(await hasPart(layout, record.contentDigest))) return { files: 0, fetchedBytes: 0 };
      const report = await this.#add(
        record,
        metainfo,
        () => PRIORITY_OF_LEVEL.normal,
        new Set(damaged),
        signal,
      );
      if (report === undefined) continue;
      const { bytesFromSeeders, bytesFromPeers, bytesFromOrigins } = report;
      const fetchedBytes = Number(bytesFromSeeders + bytesFromPeers + bytesFromOrigins);
      return { files: damaged.length, fetchedBytes };
    }
  }

  /**
   * Removes the part of a content and what was fetched for it.
   * @throws AgentError SHOAL_AGENT_PART_IN_USE while more of it is being fetched; StoreError
   */
  async remove({ name, contentDigest: digest }: SwarmRecord): Promise<void> {
    if (this.#transfers.has(digest)) {
      throw new AgentError('SHOAL_AGENT_PART_IN_USE', `more of the part of ${name} is being fetched`);
    }
    const removing = removePart(this.#components.layout, digest).finally(() => this.#removing.delete(digest));
    this.#removing.set(digest, removing);
    await removing;
  }

  /** Lets go of the swarm of a content, for somebody who wants all of it. Who waits for the part, then waits for that. */
  async yieldSwarm(digest: DigestHex): Promise<void> {
    const transfer = this.#transfers.get(digest);
    if (transfer !== undefined) await this.#end(transfer, () => Promise.resolve());
  }

  async #complete(
    record: SwarmRecord,
    metainfo: Metainfo,
    priority: (entry: MetainfoEntry) => Priority,
    signal: AbortSignal,
  ): Promise<TransferReport> {
    const { layout } = this.#components;
    const { files } = metainfo;
    const isWanted = (entry: MetainfoEntry): boolean => priority(entry) > 0;
    let size = 0;
    for (const entry of files) if (isWanted(entry)) size += entry.length;
    let report = heldReport(size);
    for (;;) {
      signal.throwIfAborted();
      if (await isPublished(layout, record.contentDigest)) return report;
      const missing = await missingEntries(partPath(layout, record.contentDigest), files, isWanted);
      if (missing.size === 0) return report;
      report = (await this.#add(record, metainfo, priority, missing, signal)) ?? report;
    }
  }

  /** Adds to the part what is missing, or waits for something that may; the caller looks again. */
  async #add(
    record: SwarmRecord,
    metainfo: Metainfo,
    priority: (entry: MetainfoEntry) => Priority,
    missing: ReadonlySet<number>,
    signal: AbortSignal,
  ): Promise<TransferReport | undefined> {
    const { fetcher } = this.#components;
    const { name, version, contentDigest: digest } = record;
    await this.#removing.get(digest);
    await fetcher.whenLeft(digest);
    // From here to the transfer being there nothing may wait: whole trees look for it.
    if (fetcher.isFetching(digest)) {
      await fetcher.fetch({ name, version, contentDigest: digest }, signal);
      return undefined;
    }
    const transfer = this.#transfers.get(digest) ?? this.#begin(record, metainfo);
    if (transfer.isOver) {
      await transfer.ending;
      return undefined;
    }
    transfer.want(priority, missing);
    return await this.#wait(transfer, signal);
  }

  #begin(record: SwarmRecord, metainfo: Metainfo): PartTransfer {
    const transfer = new PartTransfer(record, metainfo, this.#components.clock.now());
    this.#transfers.set(record.contentDigest, transfer);
    return transfer;
  }

  async #wait(transfer: PartTransfer, signal: AbortSignal): Promise<TransferReport | undefined> {
    const { layout, clock } = this.#components;
    const { record } = transfer;
    transfer.waiting += 1;
    try {
      const { torrent } = await orAborted(
        transfer.joined(() => this.#join(transfer)),
        signal,
      );
      // Once more when somebody wanted more at the last moment.
      do await torrent.whenComplete({ signal, noProgressMs: this.#init.noProgressMs });
      while (lacks(torrent));
      const report = transfer.report(clock.now());
      await this.#end(transfer, () => addToPart(layout, record.contentDigest));
      return report;
    } catch (error) {
      signal.throwIfAborted();
      if (transfer.isOver) {
        await transfer.ending;
        return undefined;
      }
      throw this.#explain(record, error);
    } finally {
      transfer.waiting -= 1;
      if (transfer.waiting === 0) await this.#end(transfer, () => Promise.resolve());
    }
  }

  async #join(transfer: PartTransfer): Promise<SwarmMember> {
    const { members, layout, store, records, metrics } = this.#components;
    const { record, metainfo, selection } = transfer;
    const digest = record.contentDigest;
    // It was published at the last moment: there is somebody in the swarm who seeds it.
    if (await isPublished(layout, digest)) {
      transfer.isOver = true;
      throw new Error('published meanwhile');
    }
    await dropOrphanedPart(layout, digest);
    // More may be wanted meanwhile.
    const ofFile = selection.snapshot();
    const have = await reuseForPart({ layout, records, pool: store.pool }, record, {
      metainfo,
      isWanted: (entry) => ofFile(entry) > 0,
      onReused: (bytes) => void (transfer.bytesReused += bytes),
    });
    metrics.reused(transfer.bytesReused);
    return members.join(record, {
      store,
      have,
      resumePath: partResumePath(layout, digest),
      reusedBytes: transfer.bytesReused,
      webSeeds: this.#init.webSeeds.map((url) => webSeedOf(url, digest)),
      priorities: { ofFile },
      tree: () => Promise.resolve({ root: partIncomingPath(layout, digest), create: true }),
    });
  }

  /** Leaves the swarm, and does what is left to do; once, whoever asks first. */
  #end(transfer: PartTransfer, last: () => Promise<void>): Promise<void> {
    const { key, contentDigest: digest } = transfer.record;
    transfer.isOver = true;
    transfer.ending ??= (async () => {
      try {
        await transfer.settled();
        await this.#components.members.leave(key);
        await last();
      } finally {
        this.#transfers.delete(digest);
      }
    })();
    return transfer.ending;
  }

  #explain({ name }: SwarmRecord, error: unknown): unknown {
    if (!isStall(error)) return error;
    const message = `no piece of the part of ${name} came for ${this.#init.noProgressMs} ms`;
    return new AgentError('SHOAL_AGENT_NO_PROGRESS', message, { cause: error });
  }
}

function lacks(torrent: Pick<Torrent, 'progress'>): boolean {
  const { wanted } = torrent.progress();
  return wanted.piecesDone < wanted.pieces;
}
