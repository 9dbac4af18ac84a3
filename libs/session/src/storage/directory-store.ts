import { createPieceLayout, type Metainfo, type PieceLayout, type PieceSpan } from '@shoal/protocol';
import type { Arrangement, ContentStore, LentBytes } from '../ports/content-store.ts';
import { StoreError } from '../ports/store-error.ts';
import { SPAN_BYTES } from './constants.ts';
import { expectedHash } from './expected-hash.ts';
import { readStart } from './file-calls.ts';
import { FilePlacement, type RepairedFiles } from './file-placement.ts';
import type { HashPool } from './hash-pool.ts';
import type { FileSpan } from './jobs.ts';
import type { OpenFiles } from './open-files.ts';
import type { SpanCache } from './span-cache.ts';
import { closedError, storeFailure } from './store-failure.ts';
import { syncPaths } from './sync-files.ts';

/** Collaborators of a directory store, shared by all torrents of a process. */
export interface DirectoryStoreComponents {
  readonly pool: HashPool;
  readonly cache: SpanCache;
  readonly files: OpenFiles;
}

export interface DirectoryStoreInit {
  readonly metainfo: Metainfo;
  /** Directory that holds the torrent's entries (for a single file: the directory the file is in). */
  readonly root: string;
  /**
   * Whether `arrange` lays the tree out, and keeps what there is of files that are not wanted in the directory
   * {@link asidePath}; otherwise the tree is there already, and only what is repaired gets written.
   */
  readonly create: boolean;
  /** Files that are read and written elsewhere, without {@link create}. @default none */
  readonly repaired?: RepairedFiles;
}

/** Opens a tree of files as the content of a torrent. */
export function openDirectoryStore(
  components: DirectoryStoreComponents,
  init: DirectoryStoreInit,
): Promise<ContentStore> {
  return Promise.resolve(new DirectoryStore(components, init));
}

class DirectoryStore implements ContentStore {
  readonly #pool: HashPool;
  readonly #cache: SpanCache;
  readonly #metainfo: Metainfo;
  readonly #layout: PieceLayout;
  readonly #files: OpenFiles;
  /** What the keys of this store's spans and files start with. */
  readonly #owner: string;
  readonly #placement: FilePlacement;
  readonly #mayArrange: boolean;
  readonly #running = new Set<Promise<unknown>>();
  /** The latest arrangement; those of a tree that is there already need none. */
  #arrangement: Arrangement | undefined;
  /** Files are being moved: nobody may look for them. */
  #arranging: Promise<void> | undefined;
  /** Indexes of files written since the last sync. */
  #dirty = new Set<number>();
  #structureDirty = false;
  #closing: Promise<void> | undefined;

  constructor(
    components: DirectoryStoreComponents,
    { metainfo, root, create, repaired }: DirectoryStoreInit,
  ) {
    this.#pool = components.pool;
    this.#cache = components.cache;
    this.#files = components.files;
    this.#owner = components.cache.newOwner();
    this.#metainfo = metainfo;
    this.#layout = createPieceLayout(metainfo);
    this.#placement = new FilePlacement(components, { files: metainfo.files, root, repaired });
    this.#mayArrange = create;
  }

  async arrange(arrangement: Arrangement): Promise<void> {
    if (!this.#mayArrange) return;
    // One after the other, and alone.
    while (this.#arranging !== undefined) await this.#arranging;
    if (this.#closing !== undefined) throw closedError('the store');
    this.#arrangement = arrangement;
    const arranged = Promise.withResolvers<undefined>();
    this.#arranging = arranged.promise;
    try {
      await Promise.allSettled(this.#running);
      const moved = await this.#placement.arrange(arrangement);
      for (const index of moved ?? []) this.#dirty.add(index);
      this.#structureDirty ||= moved !== undefined;
    } finally {
      this.#arranging = undefined;
      arranged.resolve(undefined);
    }
  }

  lend(piece: number, begin: number, length: number): Promise<LentBytes> {
    return this.#track(() => this.#lend(piece, begin, length));
  }

  verifyAndWrite(piece: number, buffer: Uint8Array): Promise<'verified' | 'mismatch'> {
    return this.#track(async () => {
      const spans = this.#layout.spans(piece);
      const verified = await this.#pool.run({
        kind: 'verify-and-write',
        bytes: buffer,
        expected: expectedHash(this.#layout, piece),
        writes: this.#fileSpans(spans),
      });
      if (!verified) return 'mismatch';
      for (const { fileIndex } of spans) this.#dirty.add(fileIndex);
      this.#forget(piece);
      return 'verified';
    });
  }

  digestBlocks(piece: number, buffer?: Uint8Array): Promise<Uint8Array> {
    return this.#track(() => {
      const spans = this.#layout.spans(piece);
      const last = spans.at(-1);
      const size = last === undefined ? 0 : last.pieceOffset + last.length;
      const content = buffer?.subarray(0, size) ?? { spans: this.#fileSpans(spans), size };
      return this.#pool.run({ kind: 'digest-blocks', content });
    });
  }

  verifyExisting(piece: number): Promise<boolean> {
    return this.#track(() => {
      const spans = this.#layout.spans(piece);
      return this.#pool.run({
        kind: 'verify-files',
        piece: { spans: this.#fileSpans(spans), size: this.#layout.pieceSize(piece) },
        expected: expectedHash(this.#layout, piece),
      });
    });
  }

  sync(): Promise<void> {
    return this.#track(async () => {
      const dirty = this.#dirty;
      const structureDirty = this.#structureDirty;
      this.#dirty = new Set();
      this.#structureDirty = false;
      try {
        await syncPaths(this.#pathsOf(dirty));
        if (structureDirty) await syncPaths(this.#placement.directories());
      } catch (error) {
        // What was not made durable stays to be synced.
        for (const index of dirty) this.#dirty.add(index);
        this.#structureDirty ||= structureDirty;
        throw error;
      }
    });
  }

  relocate(root: string): void {
    this.#placement.relocate(root);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#arranging;
    await Promise.allSettled(this.#running);
    this.#cache.dropOwner(this.#owner);
    await this.#files.close(this.#owner);
  }

  /** Runs an operation unless the store is closed; `close` waits for it. */
  async #track<T>(operation: () => Promise<T>): Promise<T> {
    while (this.#arranging !== undefined) await this.#arranging;
    if (this.#closing !== undefined) throw closedError('the store');
    // The last one failed: files may be anywhere until it is done.
    if (this.#arrangement !== undefined && !this.#placement.isArranged) await this.arrange(this.#arrangement);
    const running = operation();
    this.#running.add(running);
    try {
      return await running;
    } finally {
      this.#running.delete(running);
    }
  }

  async #lend(piece: number, begin: number, length: number): Promise<LentBytes> {
    const size = this.#layout.pieceSize(piece);
    if (begin < 0 || begin + length > size) {
      throw new RangeError(`bytes ${String(begin)} + ${String(length)} of a piece of ${String(size)}`);
    }
    const spanStart = begin - (begin % SPAN_BYTES);
    if (begin + length > spanStart + SPAN_BYTES) return this.#gather(piece, begin, length);
    const spanLength = Math.min(SPAN_BYTES, size - spanStart);
    const span = await this.#cache.lend(this.#cacheKey(piece, spanStart), spanLength, (bytes) =>
      this.#load(piece, spanStart, bytes),
    );
    const bytes = span.bytes.subarray(begin - spanStart, begin - spanStart + length);
    return { bytes, release: () => span.release() };
  }

  /** Bytes of several spans, copied: for peers that do not ask for whole blocks. */
  async #gather(piece: number, begin: number, length: number): Promise<LentBytes> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const at = begin + done;
      const loan = await this.#lend(piece, at, Math.min(length - done, SPAN_BYTES - (at % SPAN_BYTES)));
      bytes.set(loan.bytes, done);
      done += loan.bytes.length;
      loan.release();
    }
    return { bytes, release: () => undefined };
  }

  /** Fills `target` from the files; what lies between them is padding. */
  async #load(piece: number, start: number, target: Uint8Array): Promise<void> {
    let done = start;
    for (const span of this.#layout.spans(piece)) {
      const from = Math.max(span.pieceOffset, start);
      const to = Math.min(span.pieceOffset + span.length, start + target.length);
      if (from >= to) continue;
      target.fill(0, done - start, from - start);
      const position = span.fileOffset + from - span.pieceOffset;
      await this.#readFile(span.fileIndex, position, target.subarray(from - start, to - start));
      done = to;
    }
    target.fill(0, done - start);
  }

  async #readFile(fileIndex: number, position: number, target: Uint8Array): Promise<void> {
    const { path } = this.#placement.placeOf(fileIndex);
    try {
      if (position === 0 && target.length === this.#metainfo.files.at(fileIndex)?.length) {
        // The whole of a small file: what is read stays in the cache, and the file need not stay open.
        const filled = await this.#files.once(() => readStart(path, target));
        if (filled < target.length) throw tooShort(path, filled);
        return;
      }
      await this.#files.with(`${this.#owner}${String(fileIndex)}`, path, async (handle) => {
        for (let done = 0; done < target.length;) {
          const { bytesRead } = await handle.read(target, done, target.length - done, position + done);
          if (bytesRead === 0) throw tooShort(path, position + done);
          done += bytesRead;
        }
      });
    } catch (error) {
      throw storeFailure(error);
    }
  }

  #fileSpans(spans: readonly PieceSpan[]): FileSpan[] {
    return spans.map(({ fileIndex, fileOffset, pieceOffset, length }) => ({
      ...this.#placement.placeOf(fileIndex),
      fileOffset,
      start: pieceOffset,
      length,
    }));
  }

  /** Made one at a time: tens of thousands of small files may be dirty. */
  *#pathsOf(fileIndexes: Iterable<number>): Generator<string, undefined> {
    for (const index of fileIndexes) yield this.#placement.placeOf(index).path;
    return undefined;
  }

  #forget(piece: number): void {
    for (let start = 0; start < this.#layout.pieceSize(piece); start += SPAN_BYTES) {
      this.#cache.drop(this.#cacheKey(piece, start));
    }
  }

  #cacheKey(piece: number, start: number): string {
    return `${this.#owner}${String(piece)}/${String(start)}`;
  }
}

function tooShort(path: string, length: number): StoreError {
  return new StoreError('SHOAL_STORE_MISSING', `${path} ends at ${String(length)} bytes`, {
    remedy: 'The file was changed from outside: verify the tree, or fetch it again.',
    path,
  });
}
