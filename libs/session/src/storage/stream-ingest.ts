import type { Entries } from '@shoal/protocol';
import {
  CHECKPOINT_BYTES,
  INGEST_BUFFER_BYTES,
  INGEST_MEMORY_BYTES,
  INGEST_MIN_BUFFERS,
  INGEST_SPARE_BUFFERS,
} from './constants.ts';
import type { HashPool } from './hash-pool.ts';
import { IngestError } from './ingest-error.ts';
import { contentOf, filesOfPieces, type IngestBatch, planBatches } from './ingest-plan.ts';
import { ingestIdentity, readIngestState, writeIngestState } from './ingest-state.ts';
import { closedError, storeFailure } from './store-failure.ts';
import { syncPaths } from './sync-files.ts';
import { type HashedTree, type HashProfile, TreeDigests } from './tree-digests.ts';
import { directoriesOf, entryPath, layOutTree } from './tree-layout.ts';

export interface StreamIngestInit {
  /** Where the tree is built. */
  readonly root: string;
  /** A valid manifest, in canonical order; roots are not needed. */
  readonly entries: Entries;
  readonly profile: HashProfile;
  /** File that keeps the progress across a crash; beside `root`, not in it. */
  readonly statePath: string;
  /** Bytes between two checkpoints. @default 256 MiB */
  readonly checkpointBytes?: number;
}

/**
 * Takes the bytes of a tree's files as one ordered stream, and hashes and writes them while they arrive. Memory is
 * bounded by a few pieces. Calls must not overlap, `close` aside.
 */
export interface StreamIngest {
  /** Bytes of the stream that are durable: where to go on from after a crash. Grows at checkpoints. */
  readonly durableOffset: number;
  /** Bytes of the stream in all. */
  readonly totalBytes: number;
  /**
   * Takes the next bytes of the stream, the first ones from `durableOffset` as it was when the ingest was opened.
   * Resolves when `chunk` is the caller's again; slow disks and threads make it wait.
   * @throws IngestError SHOAL_INGEST_TOO_MANY_BYTES; StoreError, after which every call fails and the ingest must be
   * opened again
   */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Ends the stream: makes everything durable and gives what a metainfo needs.
   * @throws IngestError SHOAL_INGEST_TOO_FEW_BYTES; StoreError
   */
  finish(): Promise<HashedTree>;
  /** Makes a last checkpoint if that is possible, and lets go of everything. Tree and state stay. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens an ingest, at the last checkpoint if there is one of the same tree and profile.
 * @throws StoreError when the tree cannot be laid out
 */
export async function openStreamIngest(pool: HashPool, init: StreamIngestInit): Promise<StreamIngest> {
  const identity = ingestIdentity(init.entries, init.profile);
  const digests = new TreeDigests(init.entries, init.profile);
  const state = await readIngestState(init.statePath, identity, digests);
  await layOutTree(pool, init.root, init.entries);
  if (state !== undefined) digests.add(0, state.digests);
  return new TreeIngest(pool, init, identity, digests, state?.pieces ?? 0);
}

/** A batch whose bytes are arriving. */
interface FillingBatch {
  readonly batch: IngestBatch;
  readonly buffer: Uint8Array;
  filled: number;
}

class TreeIngest implements StreamIngest {
  readonly totalBytes: number;
  readonly #pool: HashPool;
  readonly #init: StreamIngestInit;
  readonly #identity: Uint8Array;
  readonly #digests: TreeDigests;
  readonly #checkpointBytes: number;
  readonly #bufferLength: number;
  readonly #maxBuffers: number;
  readonly #batches: Iterator<IngestBatch, undefined>;
  readonly #freeBuffers: Uint8Array[] = [];
  #buffersMade = 0;
  #current: FillingBatch | undefined;
  readonly #jobs = new Set<Promise<void>>();
  /** The first piece that no checkpoint was made or begun of, and the first that was not handed to a thread. */
  #checkpointedPieces: number;
  #nextPiece: number;
  #sinceCheckpoint = 0;
  #durableOffset = 0;
  #failure: unknown;
  #closing: Promise<void> | undefined;

  constructor(
    pool: HashPool,
    init: StreamIngestInit,
    identity: Uint8Array,
    digests: TreeDigests,
    durablePieces: number,
  ) {
    this.#pool = pool;
    this.#init = init;
    this.#identity = identity;
    this.#digests = digests;
    this.#checkpointBytes = init.checkpointBytes ?? CHECKPOINT_BYTES;
    this.#bufferLength = Math.max(init.profile.pieceLength, INGEST_BUFFER_BYTES);
    const affordable = Math.max(INGEST_MIN_BUFFERS, Math.floor(INGEST_MEMORY_BYTES / this.#bufferLength));
    this.#maxBuffers = Math.min(pool.threads + INGEST_SPARE_BUFFERS, affordable);
    this.#checkpointedPieces = durablePieces;
    this.#nextPiece = durablePieces;
    this.totalBytes = digests.contentLength;
    for (let piece = 0; piece < durablePieces; piece += 1) {
      this.#durableOffset += contentOf(digests.geometry, piece);
    }
    this.#batches = planBatches(init.root, init.entries, digests, durablePieces, this.#bufferLength);
  }

  get durableOffset(): number {
    return this.#durableOffset;
  }

  async write(chunk: Uint8Array): Promise<void> {
    for (let rest = chunk; rest.length > 0;) {
      this.#checkUsable();
      const current = (this.#current ??= await this.#startBatch());
      const part = rest.subarray(0, current.batch.length - current.filled);
      current.buffer.set(part, current.filled);
      current.filled += part.length;
      rest = rest.subarray(part.length);
      if (current.filled < current.batch.length) continue;
      this.#current = undefined;
      this.#dispatch(current.batch, current.buffer);
      if (this.#sinceCheckpoint >= this.#checkpointBytes) await this.#checkpoint();
    }
  }

  async finish(): Promise<HashedTree> {
    this.#checkUsable();
    if (this.#current !== undefined || this.#nextPiece < this.#digests.geometry.pieceCount) {
      const message = `the stream ended before its ${String(this.totalBytes)} bytes`;
      throw new IngestError('SHOAL_INGEST_TOO_FEW_BYTES', message, this.totalBytes);
    }
    await this.#checkpoint();
    await syncPaths(emptyFiles(this.#init));
    await syncPaths(directoriesOf(this.#init.root, this.#init.entries));
    return this.#digests.finish();
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    try {
      if (this.#failure === undefined) await this.#checkpoint();
    } catch (error) {
      // What the last checkpoint holds is still right: the next ingest goes on from there.
      this.#failure = error;
    }
    await Promise.all(this.#jobs);
    this.#current = undefined;
    this.#freeBuffers.length = 0;
  }

  #checkUsable(): void {
    if (this.#closing !== undefined) throw closedError('the ingest');
    if (this.#failure !== undefined) throw storeFailure(this.#failure);
  }

  async #startBatch(): Promise<FillingBatch> {
    const next = this.#batches.next();
    if (next.done === true) {
      const message = `the stream goes on after its ${String(this.totalBytes)} bytes`;
      throw new IngestError('SHOAL_INGEST_TOO_MANY_BYTES', message, this.totalBytes);
    }
    return { batch: next.value, buffer: await this.#takeBuffer(), filled: 0 };
  }

  async #takeBuffer(): Promise<Uint8Array> {
    while (this.#freeBuffers.length === 0 && this.#buffersMade >= this.#maxBuffers)
      await Promise.race(this.#jobs);
    this.#checkUsable();
    const free = this.#freeBuffers.pop();
    if (free !== undefined) return free;
    this.#buffersMade += 1;
    return new Uint8Array(new SharedArrayBuffer(this.#bufferLength));
  }

  #dispatch(batch: IngestBatch, buffer: Uint8Array): void {
    this.#nextPiece = batch.firstPiece + batch.pieces.length;
    this.#sinceCheckpoint += batch.length;
    const job = this.#perform(batch, buffer).then(() => {
      this.#jobs.delete(job);
    });
    this.#jobs.add(job);
  }

  /** Never rejects: a failure is what every later call throws. */
  async #perform(batch: IngestBatch, buffer: Uint8Array): Promise<void> {
    const { pieces, writes, firstPiece } = batch;
    try {
      const digests = await this.#pool.run({
        kind: 'digest',
        bytes: buffer,
        pieces,
        writes,
        ...this.#digests.kinds,
      });
      this.#digests.add(firstPiece, digests);
      this.#freeBuffers.push(buffer);
    } catch (error) {
      this.#failure ??= error;
      this.#buffersMade -= 1;
    }
  }

  /** Waits for the threads, makes what they wrote durable, and says so in the state file. */
  async #checkpoint(): Promise<void> {
    const pieces = this.#nextPiece;
    const bytes = this.#sinceCheckpoint;
    await Promise.all(this.#jobs);
    if (this.#failure !== undefined) throw storeFailure(this.#failure);
    const first = this.#checkpointedPieces;
    if (pieces === first) return;
    this.#checkpointedPieces = pieces;
    this.#sinceCheckpoint = 0;
    try {
      const { root, entries } = this.#init;
      await syncPaths(filesOfPieces(root, entries, this.#digests.geometry, first, pieces));
      const digests = this.#digests.head(pieces);
      await writeIngestState(this.#init.statePath, this.#identity, { pieces, digests });
    } catch (error) {
      this.#failure ??= error;
      throw error;
    }
    this.#durableOffset += bytes;
  }
}

/** Files without content: no batch writes them. */
function* emptyFiles({ root, entries }: StreamIngestInit): Generator<string, undefined> {
  for (const entry of entries) {
    if (entry.kind === 'file' && entry.length === 0) yield entryPath(root, entry);
  }
  return undefined;
}
