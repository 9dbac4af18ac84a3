import {
  Bitfield,
  createPieceLayout,
  type Metainfo,
  type MetainfoEntry,
  type MetainfoFile,
} from '@shoal/protocol';
import { forEachLimited } from './concurrency.ts';
import { JOBS_AHEAD } from './constants.ts';
import { expectedHash } from './expected-hash.ts';
import type { HashPool } from './hash-pool.ts';
import type { CloneOutcome, FileSpan } from './jobs.ts';
import { syncPaths } from './sync-files.ts';
import { directoriesOf, entryPath, layoutFile, layOutTree } from './tree-layout.ts';

export interface ReuseFilesInit {
  /** v2 or hybrid: a file's pieces hold nothing else but padding. */
  readonly metainfo: Metainfo;
  /** What of the tree is to be there. @default everything */
  readonly isWanted?: (file: MetainfoEntry) => boolean;
  /** Directory of the tree that is to be filled; its files are laid out first, symlinks are not. What is in it already may be overwritten. */
  readonly root: string;
  /** Where a file with the content of `file` may be: absolute path. What it holds is verified. */
  readonly sourceOf: (file: MetainfoFile) => string | undefined;
  /** Told of the bytes of each piece that was taken over. */
  readonly onReused: (bytes: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Fills a tree with what the host has of it already. Files share their blocks with those they come from where the file
 * system can do that (reflink: Btrfs, XFS), and are copied where not; never hard-linked, because published files can be
 * written to. Every piece is hashed: a file that was changed since it was verified gives the pieces that are still right.
 * @returns the pieces that are there now: verified, and durable
 * @throws StoreError; the signal's reason
 */
export async function reuseFiles(pool: HashPool, init: ReuseFilesInit): Promise<Bitfield> {
  const { root, sourceOf, signal } = init;
  const wanted = wantedFiles(init);
  await layOutTree(pool, root, wanted);
  const filler = new TreeFiller(pool, init);
  await forEachLimited(wanted, pool.threads * JOBS_AHEAD, async (file) => {
    signal.throwIfAborted();
    const from = file.length > 0 ? sourceOf(file) : undefined;
    if (from !== undefined) await filler.fill(file, from);
  });
  await filler.sync();
  return filler.have;
}

/** Made anew whenever they are asked for. */
function wantedFiles({ metainfo, isWanted = () => true }: ReuseFilesInit): Iterable<MetainfoFile> {
  return {
    *[Symbol.iterator]() {
      for (const file of metainfo.files) if (file.kind === 'file' && isWanted(file)) yield file;
    },
  };
}

class TreeFiller {
  readonly have: Bitfield;
  readonly #pool: HashPool;
  readonly #init: ReuseFilesInit;
  readonly #layout: ReturnType<typeof createPieceLayout>;
  /** Indexes of files. */
  readonly #filled: number[] = [];
  /** Until the file system says that it cannot. */
  #canClone = true;

  constructor(pool: HashPool, init: ReuseFilesInit) {
    this.#pool = pool;
    this.#init = init;
    this.#layout = createPieceLayout(init.metainfo);
    this.have = Bitfield.none(this.#layout.pieceCount);
  }

  async fill(file: MetainfoFile, from: string): Promise<void> {
    const { root, metainfo, onReused, signal } = this.#init;
    this.#filled.push(file.index);
    const outcome = this.#canClone ? await this.#clone(file, from) : 'unsupported';
    if (outcome === 'unlike') return;
    const isCloned = outcome === 'cloned';
    this.#canClone = isCloned;
    const path = entryPath(root, file);
    await forEachLimited(piecesOf(file, metainfo.pieceLength), JOBS_AHEAD, async (piece) => {
      signal.throwIfAborted();
      const [span] = this.#layout.spans(piece);
      if (span === undefined) return;
      const { fileOffset, length } = span;
      const to = { path, fileOffset, start: 0, length, fileLength: file.length };
      if (!(await (isCloned ? this.#verify(piece, to) : this.#copy(piece, from, to)))) return;
      this.have.add(piece);
      onReused(length);
    });
  }

  /** Makes what was filled durable. */
  async sync(): Promise<void> {
    await syncPaths(this.#filledPaths());
    await syncPaths(directoriesOf(this.#init.root, wantedFiles(this.#init)));
  }

  /** Made one at a time: tens of thousands of small files may have been filled. */
  *#filledPaths(): Generator<string, undefined> {
    const { root, metainfo } = this.#init;
    for (const index of this.#filled) {
      const file = metainfo.files.at(index);
      if (file !== undefined) yield entryPath(root, file);
    }
    return undefined;
  }

  #clone(file: MetainfoFile, from: string): Promise<CloneOutcome> {
    return this.#pool.run({ kind: 'clone-file', from, file: layoutFile(this.#init.root, file) });
  }

  #verify(piece: number, span: FileSpan): Promise<boolean> {
    const expected = expectedHash(this.#layout, piece);
    return this.#pool.run({ kind: 'verify-files', piece: { spans: [span], size: span.length }, expected });
  }

  #copy(piece: number, from: string, to: FileSpan & { readonly fileLength: number }): Promise<boolean> {
    return this.#pool.run({ kind: 'copy-piece', from, to, expected: expectedHash(this.#layout, piece) });
  }
}

/** Numbers of a file's pieces: it starts where a piece starts (BEP 52). */
function* piecesOf({ offset, length }: MetainfoFile, pieceLength: number): Generator<number, undefined> {
  for (let at = 0; at < length; at += pieceLength) yield (offset + at) / pieceLength;
  return undefined;
}
