import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScrubReport } from '@shoal/contracts';
import { type Clock, isAbortError, type Logger, type Telemetry } from '@shoal/service';
import { type DirectoryStoreComponents, removeTree } from '@shoal/session';
import { jittered, pause, type UnitRandom } from '../pause.ts';
import type { SwarmMembers } from '../swarms/swarm-members.ts';
import { type DigestHex, isDigestHex, type SwarmRecord } from '../swarms/swarm-record.ts';
import type { SwarmRecords } from '../swarms/swarm-records.ts';
import { DAY, SCRUB_BACKOFF } from './constants.ts';
import { Pace } from './pace.ts';
import { createScrubMetrics } from './scrub-metrics.ts';
import { figuresOf, scrubReport } from './scrub-report.ts';
import { ScrubStates } from './scrub-state.ts';
import { Suspicions } from './suspicions.ts';
import { type PassKind, type PassOptions, type ScrubOutcome, TreeKeeper } from './tree-keeper.ts';
import type { RepairFiles, TreeRepairerComponents } from './tree-repairer.ts';

/** Collaborators of a {@link Scrubber}. */
export interface ScrubberComponents {
  readonly members: SwarmMembers;
  readonly records: SwarmRecords;
  readonly store: DirectoryStoreComponents;
  readonly trees: TreesAtRest;
  /** Serves a swarm whose tree is whole again. */
  readonly seed: (record: SwarmRecord) => void;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/** A tree that a host keeps. */
export interface TreeAtRest {
  /** Absolute path. */
  readonly root: string;
  /** Makes damaged files anew in a tree that has a part of its content and is served to nobody: what is not there is not missed. */
  readonly repairPart?: RepairFiles;
}

/** What a host keeps: of each content one tree at most. */
export interface TreesAtRest {
  find(digest: DigestHex): Promise<TreeAtRest | undefined>;
}

export interface ScrubberInit {
  /** File that keeps what was verified when; its directory exists. */
  readonly statePath: string;
  /** Directory on the file system of the trees, for files that are being made. */
  readonly scratch: string;
  /** Time between two readings of a tree, in milliseconds, give or take a tenth; 0: only on demand. */
  readonly intervalMs: number;
  /** Time between two looks for changes, in milliseconds. */
  readonly checkIntervalMs: number;
  /** Bytes per second that are read. */
  readonly rate: number;
}

/** Verifies what a host has at rest, on a schedule and on demand, and repairs it from the swarm. */
export interface Scrubber {
  /** Content that must not be served as complete. */
  readonly damaged: ReadonlySet<DigestHex>;
  /** Takes what an earlier run knew: before anything is served. */
  load(): Promise<void>;
  /** Goes on with repairs, and starts to look. */
  start(): void;
  /** A tree that was verified this moment is there now. */
  published(digest: DigestHex): Promise<void>;
  /** Ends what is done with a tree, and forgets what was known of it: before it is removed. */
  forget(digest: DigestHex): Promise<void>;
  /** Others say that they got bad bytes of this content: reads it as a whole in the background, once an hour at most. */
  suspect(digest: DigestHex): void;
  /**
   * Reads a tree as a whole now; waits for the repair of what is damaged, until that comes to a stop.
   * @returns `undefined` when there is no such tree
   * @throws StoreError; the signal's reason
   */
  scrub(digest: DigestHex, options: PassOptions): Promise<ScrubOutcome | undefined>;
  /** What the catalog is told. */
  report(): ScrubReport;
  stop(): Promise<void>;
}

export function createScrubber(components: ScrubberComponents, init: ScrubberInit): Scrubber {
  return new HostScrubber(components, init);
}

class HostScrubber implements Scrubber {
  readonly damaged = new Set<DigestHex>();
  readonly #components: ScrubberComponents;
  readonly #init: ScrubberInit;
  readonly #states: ScrubStates;
  readonly #shared: TreeRepairerComponents;
  readonly #keepers = new Map<DigestHex, TreeKeeper>();
  /** Of each content one of its swarms: what it is called. */
  #names: ReadonlyMap<DigestHex, SwarmRecord> = new Map();
  readonly #suspicions: Suspicions;
  readonly #stop = new AbortController();
  #loops: Promise<void>[] = [];

  constructor(components: ScrubberComponents, init: ScrubberInit) {
    const { clock, telemetry } = components;
    this.#components = components;
    this.#init = init;
    this.#states = new ScrubStates(init.statePath);
    this.#suspicions = new Suspicions(clock);
    this.#shared = {
      ...components,
      states: this.#states,
      metrics: createScrubMetrics(telemetry, () => figuresOf(this.#states)),
      pace: new Pace(clock, init.rate),
      damaged: this.damaged,
    };
  }

  async load(): Promise<void> {
    await this.#states.load();
    await this.#refresh();
    for (const [digest, keeper] of this.#keepers)
      if (keeper.repairer.damage && !keeper.isPart) this.damaged.add(digest);
    for (const name of await readdir(this.#init.scratch))
      if (!isDigestHex(name) || !this.damaged.has(name)) await removeTree(join(this.#init.scratch, name));
  }

  start(): void {
    for (const keeper of this.#keepers.values()) keeper.repairer.resume();
    this.#loops = [this.#lookForChanges()];
    if (this.#init.intervalMs > 0) this.#loops.push(this.#readWhatIsDue());
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.stop()));
    await Promise.all(this.#loops);
  }

  async published(digest: DigestHex): Promise<void> {
    // Of a part of it, that is.
    if (this.#keepers.get(digest)?.isPart === true) await this.#drop(digest);
    const now = this.#components.clock.now();
    const dueAt = this.#nextDue();
    await this.#states.set(digest, { verifiedAt: now, dueAt, unchangedSince: now, cursor: 0 });
  }

  async forget(digest: DigestHex): Promise<void> {
    await this.#drop(digest);
    this.damaged.delete(digest);
    await this.#states.delete(digest);
  }

  suspect(digest: DigestHex): void {
    const keeper = this.#keepers.get(digest);
    // What is fetched or repaired at the moment is verified anyway.
    if (keeper === undefined || keeper.repairer.isRepairing || !this.#suspicions.take(digest)) return;
    const fields = { name: this.#names.get(digest)?.name, content: digest };
    this.#components.logger.warn(
      fields,
      'others say that this host sent them bad bytes: verifying the artifact',
    );
    void this.#guarded(fields, () => this.#pass(digest, keeper, 'all'));
  }

  async scrub(digest: DigestHex, options: PassOptions): Promise<ScrubOutcome | undefined> {
    await this.#refresh();
    return await this.#keepers.get(digest)?.pass('all', options);
  }

  report(): ScrubReport {
    return scrubReport(this.#states, this.#names);
  }

  /** Has a keeper for each tree that is there, and for no other. */
  async #refresh(): Promise<void> {
    const { records, trees, clock, random } = this.#components;
    const names = new Map<DigestHex, SwarmRecord>();
    for (const record of await records.list()) {
      const digest = record.contentDigest;
      const tree = names.has(digest) ? undefined : await trees.find(digest);
      if (tree === undefined) continue;
      names.set(digest, record);
      if (this.#states.get(digest) === undefined) {
        // It was here before anybody looked. Any time of a day: hosts that begin together must not read together.
        const dueAt = clock.now() + Math.min(this.#init.intervalMs, DAY) * random();
        await this.#states.set(digest, { verifiedAt: 0, dueAt, unchangedSince: clock.now(), cursor: 0 });
      }
      if (!this.#keepers.has(digest)) this.#keepers.set(digest, this.#createKeeper(digest, tree));
    }
    this.#names = names;
    for (const [digest] of [...this.#states.entries()])
      if ((await trees.find(digest)) === undefined) await this.forget(digest);
  }

  async #drop(digest: DigestHex): Promise<void> {
    const keeper = this.#keepers.get(digest);
    this.#keepers.delete(digest);
    await keeper?.stop();
  }

  #createKeeper(digest: DigestHex, tree: TreeAtRest): TreeKeeper {
    const scratch = join(this.#init.scratch, digest);
    return new TreeKeeper(this.#shared, { ...tree, digest, scratch, nextDue: () => this.#nextDue() });
  }

  #nextDue(): number {
    const { clock, random } = this.#components;
    return clock.now() + jittered(this.#init.intervalMs, random);
  }

  async #lookForChanges(): Promise<void> {
    const { clock, random } = this.#components;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#guarded({}, () => this.#refresh());
      for (const [digest, keeper] of [...this.#keepers]) {
        await this.#guarded({ content: digest }, async () => {
          if (await keeper.hasChanged(signal)) await this.#pass(digest, keeper, 'changed');
        });
      }
      await pause(clock, jittered(this.#init.checkIntervalMs, random), signal);
    }
  }

  async #readWhatIsDue(): Promise<void> {
    const { clock } = this.#components;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const [next] = [...this.#keepers]
        .filter(([, { repairer }]) => !repairer.isRepairing)
        .sort(([, a], [, b]) => a.state.dueAt - b.state.dueAt);
      const wait = next === undefined ? Infinity : next[1].state.dueAt - clock.now();
      if (next === undefined || wait > 0) {
        // Trees come and go meanwhile.
        await pause(clock, Math.min(wait, this.#init.checkIntervalMs), signal);
        continue;
      }
      const [digest, keeper] = next;
      const isDone = await this.#guarded({ content: digest }, () => this.#pass(digest, keeper, 'rest'));
      if (!isDone) await this.#putOff(digest);
    }
  }

  async #pass(digest: DigestHex, keeper: TreeKeeper, kind: PassKind): Promise<void> {
    const { logger } = this.#components;
    const startedWith = this.#names.get(digest);
    const outcome = await keeper.pass(kind, { signal: this.#stop.signal });
    if (outcome === undefined) return;
    const { bytesVerified, damaged, extra, mended } = outcome;
    const counts = { bytesVerified, damaged: damaged.length, extra: extra.length, mended };
    const fields = { name: startedWith?.name, content: digest, what: kind, ...counts };
    if (damaged.length + extra.length + mended === 0) logger.info(fields, 'verified an artifact at rest');
    else logger.warn({ ...fields, extra: extra.slice(0, 10) }, 'an artifact at rest was not as it should be');
  }

  /** Whether it went well. Failures are logged; a pass that another one broke off is not one. */
  async #guarded(fields: object, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (error) {
      if (isAbortError(error)) return true;
      this.#components.logger.warn({ err: error, ...fields }, 'could not verify what is at rest');
      return false;
    }
  }

  async #putOff(digest: DigestHex): Promise<void> {
    const state = this.#states.get(digest);
    if (state === undefined) return;
    const dueAt = this.#components.clock.now() + SCRUB_BACKOFF.maxMs;
    await this.#guarded({ content: digest }, () => this.#states.set(digest, { ...state, dueAt }));
  }
}
