import { constants } from 'node:fs';
import { type FileHandle, lstat, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  Bitfield,
  createPieceLayout,
  type Metainfo,
  type MetainfoFile,
  type PieceLayout,
} from '@shoal/protocol';
import type { ContentStore } from '../ports/content-store.ts';
import { READ_CHUNK_BYTES } from './constants.ts';
import { openDirectoryStore } from './directory-store.ts';
import type { RepairedFiles } from './file-placement.ts';
import type { HashPool } from './hash-pool.ts';
import { OpenFiles } from './open-files.ts';
import { clearPlace, removeTree } from './publish-tree.ts';
import { SpanCache } from './span-cache.ts';
import { storeFailure } from './store-failure.ts';
import { syncPaths } from './sync-files.ts';
import { entryPath, layoutFile, layOutTree } from './tree-layout.ts';

export interface RepairTreeInit {
  readonly metainfo: Metainfo;
  /** The published tree. Its directories are real ones: see `mendTree`. */
  readonly root: string;
  /** Directory on the same file system for the new files. What an attempt before left there is used. */
  readonly scratch: string;
  /** Indexes of files that are damaged or gone. */
  readonly damaged: Iterable<number>;
  /** Awaited before so many bytes are copied or hashed. */
  readonly pace: (bytes: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** New copies of damaged files, which are complete but for the pieces that no copy on this host has. */
export interface TreeRepair {
  /** Where the new copies are, for `openDirectoryStore`. In v1 torrents also the files that share a bad piece. */
  readonly repaired: RepairedFiles;
  /** Pieces of the torrent that are there: those that are not must come from elsewhere. Verified, not yet durable. */
  readonly have: Bitfield;
  /**
   * Puts the new files, now whole, into the tree: each durable, then by one rename, so that whoever has the old one open keeps
   * it. After a crash in between, repair the rest.
   * @throws StoreError
   */
  commit(): Promise<void>;
}

/**
 * Begins to repair files of a published tree. Nothing is ever written to them: they may be open, mapped or running, or share
 * their blocks with others. A new file has the clone or copy of what the damaged one holds, and every piece of it is hashed.
 * @throws StoreError; the signal's reason
 */
export async function beginTreeRepair(pool: HashPool, init: RepairTreeInit): Promise<TreeRepair> {
  const repair = new NewFiles(pool, init);
  await repair.fill();
  return repair;
}

class NewFiles implements TreeRepair {
  readonly have: Bitfield;
  readonly repaired: { readonly root: string; readonly indexes: Set<number> };
  readonly #pool: HashPool;
  readonly #init: RepairTreeInit;
  readonly #layout: PieceLayout;

  constructor(pool: HashPool, init: RepairTreeInit) {
    this.#pool = pool;
    this.#init = init;
    this.#layout = createPieceLayout(init.metainfo);
    this.have = Bitfield.all(this.#layout.pieceCount);
    this.repaired = { root: init.scratch, indexes: new Set() };
  }

  async fill(): Promise<void> {
    const { metainfo, root, damaged } = this.#init;
    const { repaired } = this;
    const store = await openDirectoryStore(
      { pool: this.#pool, cache: new SpanCache(), files: new OpenFiles() },
      { metainfo, root, create: false, repaired },
    );
    try {
      for (let batch = this.#filesOf(damaged); batch.length > 0;) {
        for (const { index } of batch) repaired.indexes.add(index);
        for (const file of batch) await this.#copy(file, store);
        const drawnIn = new Set<number>();
        for (const file of batch) {
          for (const piece of this.#piecesOf(file)) {
            if (!this.have.has(piece) || (await this.#verify(piece, store))) continue;
            this.have.delete(piece);
            for (const { fileIndex } of this.#layout.spans(piece)) drawnIn.add(fileIndex);
          }
        }
        batch = this.#filesOf(drawnIn).filter(({ index }) => !repaired.indexes.has(index));
      }
    } finally {
      await store.close();
    }
  }

  async commit(): Promise<void> {
    const { root, scratch } = this.#init;
    const files = this.#filesOf(this.repaired.indexes);
    await syncPaths(files.map((file) => entryPath(scratch, file)));
    try {
      for (const file of files) {
        await clearPlace(entryPath(root, file));
        await rename(entryPath(scratch, file), entryPath(root, file));
      }
    } catch (error) {
      throw storeFailure(error);
    }
    await syncPaths(new Set(files.map((file) => dirname(entryPath(root, file)))));
    await removeTree(scratch);
  }

  /** Makes the new file out of the old one: what it holds, and what an attempt before had fetched already. */
  async #copy(file: MetainfoFile, store: ContentStore): Promise<void> {
    const { root, scratch, pace } = this.#init;
    const path = entryPath(scratch, file);
    const isBegun = await lstat(path).then(
      (found) => found.isFile() && found.size === file.length,
      () => false,
    );
    await layOutTree(this.#pool, scratch, [file]);
    const from = entryPath(root, file);
    if (!isBegun && (await this.#clone(file, from))) return;
    const source = await openPlain(from, constants.O_RDONLY);
    if (source === undefined) return;
    try {
      for (const piece of this.#piecesOf(file)) {
        if (isBegun && (await this.#verify(piece, store))) continue;
        for (const { fileIndex, fileOffset, length } of this.#layout.spans(piece)) {
          if (fileIndex !== file.index) continue;
          await pace(length);
          await copyRange(source, path, fileOffset, length);
        }
      }
    } finally {
      await source.close();
    }
  }

  async #verify(piece: number, store: ContentStore): Promise<boolean> {
    const { signal, pace } = this.#init;
    signal.throwIfAborted();
    await pace(this.#layout.pieceSize(piece));
    return await store.verifyExisting(piece);
  }

  async #clone(file: MetainfoFile, from: string): Promise<boolean> {
    const target = layoutFile(this.#init.scratch, file);
    return (await this.#pool.run({ kind: 'clone-file', from, file: target })) === 'cloned';
  }

  #filesOf(indexes: Iterable<number>): MetainfoFile[] {
    return [...indexes].flatMap((index) => {
      const entry = this.#init.metainfo.files.at(index);
      return entry?.kind === 'file' ? [entry] : [];
    });
  }

  *#piecesOf({ offset, length }: MetainfoFile): Generator<number, undefined> {
    const { pieceLength } = this.#layout;
    for (let piece = Math.floor(offset / pieceLength); piece * pieceLength < offset + length; piece += 1)
      yield piece;
    return undefined;
  }
}

/** Copies a range as far as it can be read: what cannot is damage, and shows when the piece is hashed. */
async function copyRange(source: FileHandle, path: string, offset: number, length: number): Promise<void> {
  const target = await openPlain(path, constants.O_WRONLY);
  if (target === undefined) return;
  try {
    const buffer = Buffer.allocUnsafe(Math.min(length, READ_CHUNK_BYTES));
    for (let done = 0; done < length;) {
      const wanted = Math.min(buffer.length, length - done);
      const { bytesRead } = await source
        .read(buffer, 0, wanted, offset + done)
        .catch(() => ({ bytesRead: 0 }));
      if (bytesRead === 0) return;
      await target.write(buffer, 0, bytesRead, offset + done);
      done += bytesRead;
    }
  } catch (error) {
    throw storeFailure(error);
  } finally {
    await target.close();
  }
}

/** A file opened, never through a symlink at its end nor waiting for a pipe; `undefined` when it cannot be. */
async function openPlain(path: string, access: number): Promise<FileHandle | undefined> {
  return await open(path, access | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(() => undefined);
}
