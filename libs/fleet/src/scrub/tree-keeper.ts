import type { Metainfo } from '@shoal/protocol';
import { orAborted } from '@shoal/service';
import { changedSince } from '@shoal/session';
import { CURSOR_INTERVAL_MS, ENTRY_COST_BYTES } from './constants.ts';
import { type Examination, examineTree } from './examine-tree.ts';
import type { Damage, TreeState } from './scrub-state.ts';
import { swarmsOf } from './swarms-of.ts';
import { TreeRepairer, type TreeRepairerComponents, type TreeRepairerInit } from './tree-repairer.ts';

export interface TreeKeeperInit extends TreeRepairerInit {
  /** When the tree is to be read again once it was read, in milliseconds since 1970. */
  readonly nextDue: () => number;
}

/** How far a pass is. */
export interface ScrubProgress {
  readonly phase: 'verifying' | 'repairing';
  readonly piecesDone: number;
  readonly piecesTotal: number;
}

/** What a pass over a tree found and did. */
export interface ScrubOutcome {
  readonly bytesVerified: number;
  /** Files whose content was damaged or gone; paths below the root. */
  readonly damaged: readonly string[];
  /** Paths that do not belong to the tree. */
  readonly extra: readonly string[];
  /** Permissions, symlinks and directories that were put right. */
  readonly mended: number;
  /** Whether that was a part of the content: what is not there was not looked for. */
  readonly isPart: boolean;
  /** What is not repaired yet. */
  readonly damage: Damage | undefined;
}

/** What a pass reads: everything, what the last pass that was broken off has left, or files that changed. */
export type PassKind = 'all' | 'rest' | 'changed';

export interface PassOptions {
  readonly onProgress?: (progress: ScrubProgress) => void;
  readonly signal: AbortSignal;
}

interface RunningPass {
  readonly kind: PassKind;
  readonly abort: AbortController;
  readonly ended: Promise<unknown>;
}

/** Verifies one tree at rest and has it repaired; one pass at a time. */
export class TreeKeeper {
  readonly repairer: TreeRepairer;
  readonly #components: TreeRepairerComponents;
  readonly #init: TreeKeeperInit;
  readonly #stop = new AbortController();
  #pass: RunningPass | undefined;

  constructor(components: TreeRepairerComponents, init: TreeKeeperInit) {
    this.#components = components;
    this.#init = init;
    this.repairer = new TreeRepairer(components, init);
  }

  /** Whether the tree is there to hold a part of its content. */
  get isPart(): boolean {
    return this.#init.repairPart !== undefined;
  }

  get state(): TreeState {
    const state = this.#components.states.get(this.#init.digest);
    if (state === undefined) throw new TypeError('a tree without a state'); // made with its keeper
    return state;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#pass?.ended.catch(() => undefined);
    await this.repairer.stop();
  }

  /** Whether the file system has seen changes since the tree was verified. While it is read as a whole, nobody looks. */
  async hasChanged(signal: AbortSignal): Promise<boolean> {
    if (this.repairer.isRepairing || this.#pass?.kind === 'all') return false;
    const { pace } = this.#components;
    return await changedSince(this.#init.root, this.state.unchangedSince, () =>
      pace.pass(ENTRY_COST_BYTES, signal),
    );
  }

  /**
   * Reads the tree, and waits for the repair of what is damaged, until that comes to a stop. Breaks off a pass of kind `rest`
   * that is under way, and waits for others.
   * @returns `undefined` when there is no tree any more
   * @throws StoreError; the signal's reason
   */
  async pass(kind: PassKind, options: PassOptions): Promise<ScrubOutcome | undefined> {
    while (this.#pass !== undefined) {
      if (this.#pass.kind === 'rest') this.#pass.abort.abort();
      await orAborted(
        this.#pass.ended.catch(() => undefined),
        options.signal,
      );
    }
    const abort = new AbortController();
    const signal = AbortSignal.any([options.signal, abort.signal, this.#stop.signal]);
    const ended = this.#run(kind, { ...options, signal }).finally(() => (this.#pass = undefined));
    this.#pass = { kind, abort, ended };
    return await ended;
  }

  async #run(kind: PassKind, options: PassOptions): Promise<ScrubOutcome | undefined> {
    const { clock, records, metrics } = this.#components;
    const { signal, onProgress } = options;
    const [record] = await swarmsOf(records, this.#init.digest);
    if (record === undefined) return undefined;
    const metainfo = await records.metainfo(record.key);
    const startedAt = clock.now();
    const begun = kind === 'rest' ? this.state.cursor : 0;
    const found: Findings = { bytes: 0, damaged: new Set(), extra: [], mended: 0 };
    const repaired = async (): Promise<void> => {
      if (this.repairer.isRepairing)
        onProgress?.({ phase: 'repairing', piecesDone: 0, piecesTotal: metainfo.pieceCount });
      await orAborted(this.repairer.settled, signal);
    };
    await repaired();
    for (let next: number | undefined = begun; next !== undefined && !this.repairer.isRepairing;) {
      const examined = await this.#examine(metainfo, kind === 'changed' ? undefined : next, found, options);
      if (examined === undefined) return undefined;
      found.extra = examined.extra;
      found.mended += examined.mended;
      metrics.repaired(examined.mended, 'local');
      next = examined.next;
      await repaired();
    }
    if (this.repairer.damage === undefined) await this.#finish(kind, { startedAt, isWhole: begun === 0 });
    return {
      bytesVerified: found.bytes,
      damaged: [...found.damaged].map((index) => metainfo.files.at(index)?.path.join('/') ?? ''),
      extra: found.extra,
      mended: found.mended,
      isPart: this.isPart,
      damage: this.repairer.damage,
    };
  }

  /** Examines the tree once; what is damaged is withdrawn at once, and being repaired when this is over, however it ends. */
  async #examine(
    metainfo: Metainfo,
    from: number | undefined,
    found: Findings,
    { onProgress, signal }: PassOptions,
  ): Promise<Examination | undefined> {
    const { clock, metrics } = this.#components;
    const damaged = new Set<number>();
    let cursor = from ?? 0;
    let keptAt = clock.now();
    const onPiece = (piece: number, bytes: number): void => {
      metrics.verified(bytes);
      found.bytes += bytes;
      cursor = piece + 1;
      onProgress?.({ phase: 'verifying', piecesDone: cursor, piecesTotal: metainfo.pieceCount });
      if (from === undefined || clock.now() - keptAt < CURSOR_INTERVAL_MS) return;
      keptAt = clock.now();
      void this.#update({ cursor }).catch(() => undefined);
    };
    const onDamage = async (file: number): Promise<void> => {
      if (damaged.size === 0) await this.repairer.withdraw();
      damaged.add(file);
      found.damaged.add(file);
    };
    const { unchangedSince } = this.state;
    const { isPart } = this;
    const init = { ...this.#init, isPart, metainfo, from, unchangedSince, onDamage, onPiece, signal };
    try {
      return await examineTree(this.#components, init);
    } finally {
      if (from !== undefined) await this.#update({ cursor });
      if (damaged.size > 0) await this.repairer.begin(damaged);
    }
  }

  async #finish(kind: PassKind, pass: { startedAt: number; isWhole: boolean }): Promise<void> {
    const { startedAt: unchangedSince } = pass;
    if (kind === 'changed') return this.#update({ unchangedSince });
    // What changed while an earlier run read it, behind its cursor, is still to be found.
    const seen = pass.isWhole ? { unchangedSince } : {};
    const verifiedAt = this.#components.clock.now();
    return this.#update({ ...seen, verifiedAt, dueAt: this.#init.nextDue(), cursor: 0 });
  }

  async #update(changes: Partial<TreeState>): Promise<void> {
    await this.#components.states.set(this.#init.digest, { ...this.state, ...changes });
  }
}

interface Findings {
  bytes: number;
  readonly damaged: Set<number>;
  extra: readonly string[];
  mended: number;
}
