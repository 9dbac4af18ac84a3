import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { createPieceLayout, type Metainfo, type PieceLayout } from '@shoal/protocol';
import {
  type ContentStore,
  type DirectoryStoreComponents,
  type EntryFault,
  inspectTree,
  mendTree,
  openDirectoryStore,
  StoreError,
  type TreeInspection,
} from '@shoal/session';
import type { Clock } from '@shoal/service';
import { COLLECT_MS, ENTRY_COST_BYTES } from './constants.ts';
import type { Pace } from './pace.ts';

/** Collaborators of {@link examineTree}. */
export interface ExamineTreeComponents {
  readonly store: DirectoryStoreComponents;
  readonly clock: Clock;
  readonly pace: Pace;
}

export interface ExamineTreeInit {
  readonly metainfo: Metainfo;
  readonly root: string;
  /** The tree has a part of its content: what is not there is neither damaged nor mended. */
  readonly isPart: boolean;
  /** Directory on the same file system for what is being made. */
  readonly scratch: string;
  /** What has a later ctime is suspicious. */
  readonly unchangedSince: number;
  /** The first piece to be read; `undefined`: only those of suspicious files. */
  readonly from: number | undefined;
  /** Called with the index of each file whose content is damaged or not there, as soon as it is found. */
  readonly onDamage: (file: number) => Promise<void>;
  /** Called when a piece was read. */
  readonly onPiece: (piece: number, bytes: number) => void;
  readonly signal: AbortSignal;
}

/** What was found in a tree. */
export interface Examination {
  /** Permissions, symlinks and directories that were put right. */
  readonly mended: number;
  /** Paths that do not belong to the tree. They are left alone: whoever put them there may need them. */
  readonly extra: readonly string[];
  /** Where to go on: it ended early because there is something to repair. `undefined`: nothing is left to be read. */
  readonly next: number | undefined;
}

/**
 * Looks at a tree from outside, puts right what needs no content, and reads its pieces one at a time, at the pace given.
 * @returns `undefined` when there is no tree at all
 * @throws StoreError when directories cannot be read; the signal's reason
 */
export async function examineTree(
  components: ExamineTreeComponents,
  init: ExamineTreeInit,
): Promise<Examination | undefined> {
  const { metainfo, root, isPart, scratch, unchangedSince: since, signal } = init;
  await components.pace.pass(metainfo.files.length * ENTRY_COST_BYTES, signal);
  const inspected = await inspectTree(root, metainfo, { since, signal });
  if (inspected.directories.includes('')) return undefined;
  const { found, missing } = isPart
    ? await withoutMissing(root, inspected)
    : { found: inspected, missing: NONE };
  const mended = await mendTree(root, metainfo, found, scratch);
  const reading = new TreeReading(components, init);
  for (const [index, fault] of found.faults)
    if (metainfo.files.at(index)?.kind === 'file' && fault !== 'mode') await reading.addDamaged(index);
  const modes = [...found.faults].flatMap(([index, fault]) => (fault === 'mode' ? [index] : []));
  const next = await reading.read(new Set([...found.changed, ...modes]), missing);
  return { mended, extra: found.extra, next };
}

const NONE: ReadonlySet<number> = new Set();

/** What was found, but for what is not there at all; `missing` has the indexes of entries that are not. */
async function withoutMissing(root: string, inspected: TreeInspection) {
  const faults = new Map<number, EntryFault>();
  const missing = new Set<number>();
  for (const [index, fault] of inspected.faults)
    if (fault === 'missing') missing.add(index);
    else faults.set(index, fault);
  const directories: string[] = [];
  for (const path of inspected.directories) if (await isThere(join(root, path))) directories.push(path);
  return { found: { ...inspected, faults, directories }, missing };
}

async function isThere(path: string): Promise<boolean> {
  return await lstat(path).then(
    () => true,
    () => false,
  );
}

class TreeReading {
  readonly #damaged = new Set<number>();
  readonly #components: ExamineTreeComponents;
  readonly #init: ExamineTreeInit;
  readonly #layout: PieceLayout;
  #damagedAt: number | undefined;

  constructor(components: ExamineTreeComponents, init: ExamineTreeInit) {
    this.#components = components;
    this.#init = init;
    this.#layout = createPieceLayout(init.metainfo);
  }

  async addDamaged(index: number): Promise<void> {
    if (this.#damaged.has(index)) return;
    this.#damaged.add(index);
    this.#damagedAt ??= this.#components.clock.now();
    await this.#init.onDamage(index);
  }

  /** Reads on until damage that was found should be repaired; then returns the piece to go on with. */
  async read(suspicious: ReadonlySet<number>, missing: ReadonlySet<number>): Promise<number | undefined> {
    const { metainfo, root, from, onPiece, signal } = this.#init;
    const { store: components, clock, pace } = this.#components;
    const store = await openDirectoryStore(components, { metainfo, root, create: false });
    try {
      for (let piece = from ?? 0; piece < this.#layout.pieceCount; piece += 1) {
        const files = this.#layout.spans(piece).map(({ fileIndex }) => fileIndex);
        if (from === undefined && !files.some((index) => suspicious.has(index))) continue;
        if (files.some((index) => missing.has(index))) continue;
        if (this.#damagedAt !== undefined && clock.now() - this.#damagedAt > COLLECT_MS) return piece;
        // What is damaged is read once more, and all of it, when it is repaired.
        if (files.some((index) => this.#damaged.has(index))) continue;
        const bytes = this.#layout.pieceSize(piece);
        await pace.pass(bytes, signal);
        if (!(await isSound(store, piece))) for (const index of files) await this.addDamaged(index);
        onPiece(piece, bytes);
      }
      return undefined;
    } finally {
      await store.close();
    }
  }
}

/** A piece that cannot be read, as from a bad sector, is as damaged as one that reads otherwise. */
async function isSound(store: ContentStore, piece: number): Promise<boolean> {
  try {
    return await store.verifyExisting(piece);
  } catch (error) {
    if (error instanceof StoreError && error.code !== 'SHOAL_STORE_CLOSED') return false;
    throw error;
  }
}
