import type { Clock, Logger } from '@shoal/service';
import type { DirectoryStoreComponents } from '@shoal/session';
import { failureFields } from './failure-fields.ts';
import type { UnitRandom } from '../pause.ts';
import type { SwarmMembers } from '../swarms/swarm-members.ts';
import type { DigestHex, SwarmRecord } from '../swarms/swarm-record.ts';
import type { SwarmRecords } from '../swarms/swarm-records.ts';
import type { Pace } from './pace.ts';
import { keepRepairing } from './keep-repairing.ts';
import { repairContent, type RepairedContent, type RepairFilesInit } from './repair-content.ts';
import type { ScrubMetrics } from './scrub-metrics.ts';
import type { Damage, ScrubStates } from './scrub-state.ts';
import { swarmsOf } from './swarms-of.ts';

/** Collaborators of a {@link TreeRepairer}. */
export interface TreeRepairerComponents {
  readonly members: SwarmMembers;
  readonly records: SwarmRecords;
  readonly store: DirectoryStoreComponents;
  readonly states: ScrubStates;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
  readonly metrics: ScrubMetrics;
  readonly pace: Pace;
  /** Content that is not to be served as complete. */
  readonly damaged: Set<DigestHex>;
  /** Serves a swarm whose tree is whole again. */
  readonly seed: (record: SwarmRecord) => void;
}

/**
 * Makes damaged files of a tree anew.
 * @throws what keeps it from that for now; the signal's reason
 */
export type RepairFiles = (record: SwarmRecord, init: RepairFilesInit) => Promise<RepairedContent>;

export interface TreeRepairerInit {
  readonly digest: DigestHex;
  readonly root: string;
  /** Directory of this tree alone, on the same file system, for files that are being made. */
  readonly scratch: string;
  /** How a tree is repaired that is a part of its content, and served to nobody. */
  readonly repairPart?: RepairFiles;
}

/** Keeps a damaged tree from being served, and repairs it in the background for as long as it takes. */
export class TreeRepairer {
  readonly #components: TreeRepairerComponents;
  readonly #init: TreeRepairerInit;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  /** Of the attempt under way: done, or in trouble for the first time. */
  #settled = Promise.resolve();

  constructor(components: TreeRepairerComponents, init: TreeRepairerInit) {
    this.#components = components;
    this.#init = init;
  }

  get isRepairing(): boolean {
    return this.#running !== undefined;
  }

  /** Resolves when the repair is done, or has come to a stop for now; at once when there is none. */
  get settled(): Promise<void> {
    return this.#settled;
  }

  /** What is wrong with the tree, as far as it is known. */
  get damage(): Damage | undefined {
    return this.#components.states.get(this.#init.digest)?.damage;
  }

  /** Serves nothing of the tree any more, at once. What is sound of it is served again while it is repaired. */
  async withdraw(): Promise<void> {
    const { members, damaged } = this.#components;
    const { digest, repairPart } = this.#init;
    if (repairPart !== undefined) return;
    damaged.add(digest);
    const joined = [...members.all()].filter(({ record }) => record.contentDigest === digest);
    await Promise.all(joined.map(({ record }) => members.leave(record.key)));
  }

  /** Repairs these files; resolves when that is noted. Not while a repair is under way. */
  async begin(files: Iterable<number>): Promise<void> {
    const { metrics, clock, logger } = this.#components;
    const found = [...files];
    metrics.damaged(found.length);
    const fields = { content: this.#init.digest, files: found.length };
    logger.error(fields, 'artifact damaged on disk: repairing it from the swarm');
    await this.#note({ files: found, foundAt: clock.now(), errorCode: '', errorMessage: '' });
    this.resume();
  }

  /** Goes on with the repair that an earlier run began, if there is one. */
  resume(): void {
    const { damage } = this;
    if (damage === undefined || this.isRepairing) return;
    const settled = Promise.withResolvers<undefined>();
    this.#settled = settled.promise;
    this.#running = this.#repair(damage, () => settled.resolve(undefined))
      .catch((error: unknown) => {
        if (this.#stop.signal.aborted) return;
        this.#components.logger.error({ err: error, content: this.#init.digest }, 'a repair was given up');
      })
      .finally(() => {
        this.#running = undefined;
        settled.resolve(undefined);
      });
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #repair(damage: Damage, onSettled: () => void): Promise<void> {
    const { records, damaged, metrics, logger, seed } = this.#components;
    const { digest, root, scratch, repairPart } = this.#init;
    await this.withdraw();
    const [record] = await swarmsOf(records, digest);
    if (record === undefined) return;
    const fields = { name: record.name, version: record.version, content: digest };
    const onTrouble = (error: unknown): void => {
      const failure = failureFields(error);
      logger.error({ err: error, ...fields }, 'artifact damaged on disk and not repaired yet; trying again');
      void this.#note({ ...damage, ...failure }).catch(() => undefined);
      onSettled();
    };
    const init = { damaged: damage.files, onTrouble, signal: this.#stop.signal };
    const { files, fetchedBytes } = await keepRepairing(this.#components, init, () =>
      repairPart === undefined
        ? repairContent(this.#components, { ...init, record, root, scratch })
        : repairPart(record, init),
    );
    metrics.repaired(files, 'content');
    metrics.fetched(fetchedBytes);
    await this.#note(undefined);
    damaged.delete(digest);
    // There may be more of them by now.
    if (repairPart === undefined) for (const swarm of await swarmsOf(records, digest)) seed(swarm);
    logger.info({ ...fields, files, fetchedBytes }, 'artifact repaired');
  }

  async #note(damage: Damage | undefined): Promise<void> {
    const { states } = this.#components;
    const { digest } = this.#init;
    const state = states.get(digest);
    if (state === undefined) return;
    await states.set(digest, { ...state, damage });
  }
}
