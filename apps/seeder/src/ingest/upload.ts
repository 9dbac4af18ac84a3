import { randomBytes } from 'node:crypto';
import { ShoalError, Status } from '@shoal/contracts';
import type { Entries } from '@shoal/protocol';
import { type HashedTree, type HashPool, openStreamIngest, type StreamIngest } from '@shoal/session';
import type { Clock } from '@shoal/service';
import { TRANSFER_SECRET_BYTES } from '../constants.ts';
import { UploadError } from '../errors.ts';
import type { Trees } from '../seeding/trees.ts';
import { receiveTree, type ReceiveTreeComponents } from './receive-tree.ts';
import { hashesOfTransfer, stageTree } from './staged-tree.ts';
import { readTransferMetainfo } from './transfer-metainfo.ts';
import type { UploadDirectory } from './upload-directory.ts';
import type { UploadFailure, UploadRecord } from './upload-record.ts';
import { writeAll } from './write-all.ts';
import { WriterLease } from './writer-lease.ts';

/** Collaborators of an {@link Upload}. */
export interface UploadComponents extends ReceiveTreeComponents {
  readonly pool: HashPool;
  readonly trees: Trees;
  readonly clock: Clock;
}

/** The bytes of an Upload call; raises the signal's reason when it fires. */
export type UploadData = (signal: AbortSignal) => AsyncIterable<Uint8Array>;

/** How the bytes of a Transfer call come. */
export interface TransferInit {
  /** The metainfo file of the swarm. */
  readonly metainfo: Uint8Array;
  /** Fires when the client is gone. */
  readonly cancelled: AbortSignal;
  /** Told of the bytes that are verified and written, from time to time. */
  readonly onProgress: (bytes: number) => void;
}

/** One upload, from its first byte to the verified tree. What it promises is on disk before it says so. */
export class Upload {
  readonly #components: UploadComponents;
  readonly #directory: UploadDirectory;
  readonly #writer = new WriterLease();
  #record: UploadRecord;
  #ingest: StreamIngest | undefined;
  /** What the last ingest of this run had made durable. */
  #lastDurable = 0;

  constructor(components: UploadComponents, directory: UploadDirectory, record: UploadRecord) {
    this.#components = components;
    this.#directory = directory;
    this.#record = record;
  }

  get record(): UploadRecord {
    return this.#record;
  }

  get isBeingWritten(): boolean {
    return this.#writer.taken;
  }

  manifest(): Promise<Entries> {
    return this.#directory.manifest();
  }

  metainfo(): Promise<Uint8Array> {
    return this.#directory.metainfo();
  }

  /** A client comes back, with a fresh ticket. */
  async reopen(ticket: string): Promise<void> {
    await this.#update({ ...this.#record, ticket, ...(this.#record.phase === 'open' && this.#touched()) });
  }

  /** Bytes of the stream that are durable: where another one goes on. What a swarm brought is not among them. */
  async durableOffset(): Promise<number> {
    if (this.#record.phase !== 'open') return this.#record.size;
    // A writer at work is left alone.
    if (this.#writer.taken) return this.#ingest?.durableOffset ?? this.#lastDurable;
    if (!(await this.#directory.hasProgress())) return 0;
    return await this.#writer.hold(async () => {
      const ingest = await this.#openIngest(await this.#directory.manifest());
      await ingest.close();
      return (this.#lastDurable = ingest.durableOffset);
    });
  }

  /**
   * Takes the bytes from `offset` on and stages the tree once they are all here. Does nothing when it is staged already.
   * @throws UploadError, StoreError; what is durable by then stays
   */
  async receive(offset: number, data: UploadData): Promise<void> {
    await this.#writer.hold(async (signal) => {
      if (this.#record.phase === 'failed') throw failedError(this.#record);
      if (this.#record.phase === 'open') await this.#ingestFrom(offset, data(signal));
    });
  }

  /** The source that the swarm of a transfer has: the same at each attempt, so that what came through it stays known. */
  async inviteTransfer(): Promise<string> {
    const source = this.#record.transferSource ?? randomBytes(TRANSFER_SECRET_BYTES).toString('base64url');
    if (this.#record.transferSource === undefined)
      await this.#update({ ...this.#record, transferSource: source });
    return source;
  }

  /**
   * Takes the bytes from the swarm of two that {@link inviteTransfer} was for, and stages the tree once they are all here.
   * Does nothing when it is staged already.
   * @throws UploadError, StoreError; pieces that are written by then stay
   */
  async transfer(init: TransferInit): Promise<void> {
    await this.#writer.hold(async (signal) => {
      if (this.#record.phase === 'failed') throw failedError(this.#record);
      if (this.#record.phase === 'open') await this.#transferAll(init, signal);
    });
  }

  /** Puts the staged tree where it is seeded from. Safe to repeat after a crash. */
  async settleTree(): Promise<void> {
    const { contentDigest } = this.#record;
    if (contentDigest === undefined) return;
    await this.#components.trees.adopt(contentDigest, this.#directory.contentPath);
    await this.#directory.dropContent();
  }

  async markPublished(): Promise<void> {
    await this.#update({ ...this.#record, phase: 'published', ...this.#touched() });
  }

  /** Gives the upload up: its bytes go, and clients are told why. */
  async fail({ code, message, remedy }: UploadFailure): Promise<void> {
    const failure = { code, message, remedy };
    await this.#update({ ...this.#record, phase: 'failed', failure, ...this.#touched() });
    await this.#directory.dropContent();
  }

  /** Ends a writer that is at work; what it wrote becomes durable. */
  async stop(reason: Error): Promise<void> {
    await this.#writer.release(reason);
  }

  /** Removes the upload with its bytes; the tree it may have staged stays. */
  async remove(): Promise<void> {
    await this.#directory.remove();
  }

  async #ingestFrom(offset: number, data: AsyncIterable<Uint8Array>): Promise<void> {
    const manifest = await this.#directory.manifest();
    await this.#directory.dropTransfer();
    const ingest = await this.#openIngest(manifest);
    this.#ingest = ingest;
    try {
      await writeAll(ingest, offset, data);
      await this.#stage(await ingest.finish(), manifest);
    } finally {
      this.#ingest = undefined;
      await ingest.close();
      this.#lastDurable = ingest.durableOffset;
      if (this.#record.phase === 'open') await this.#update({ ...this.#record, ...this.#touched() });
    }
    await this.settleTree();
  }

  async #transferAll(
    { metainfo: bytes, cancelled, onProgress }: TransferInit,
    signal: AbortSignal,
  ): Promise<void> {
    const { name, profile, transferSource: source = '' } = this.#record;
    const { contentPath: root, transferPath: resumePath } = this.#directory;
    const manifest = await this.#directory.manifest();
    const metainfo = readTransferMetainfo(bytes, {
      name,
      source,
      manifest,
      pieceLength: profile.pieceLength,
    });
    await this.#directory.dropIngest();
    this.#lastDurable = 0;
    try {
      const until = AbortSignal.any([signal, cancelled]);
      await receiveTree(this.#components, { metainfo, root, resumePath, onProgress, signal: until });
      const hashed = await hashesOfTransfer(this.#components.pool, { root, profile, metainfo });
      await this.#stage(hashed, manifest);
    } finally {
      if (this.#record.phase === 'open') await this.#update({ ...this.#record, ...this.#touched() });
    }
    await this.settleTree();
  }

  async #stage(hashed: HashedTree, manifest: Entries): Promise<void> {
    const { name, profile } = this.#record;
    try {
      const init = { name, profile, manifest, root: this.#directory.contentPath };
      const { metainfo, contentDigest, swarmKey } = await stageTree(this.#components.pool, init, hashed);
      await this.#directory.keepMetainfo(metainfo);
      // From here on the tree is complete wherever it is: in the upload's directory or, after the rename, in the store.
      await this.#update({ ...this.#record, phase: 'staged', contentDigest, swarmKey, ...this.#touched() });
    } catch (error) {
      if (error instanceof UploadError) await this.fail(error);
      throw error;
    }
  }

  #openIngest(entries: Entries): Promise<StreamIngest> {
    const { contentPath: root, ingestPath: statePath } = this.#directory;
    return openStreamIngest(this.#components.pool, {
      root,
      statePath,
      entries,
      profile: this.#record.profile,
    });
  }

  async #update(record: UploadRecord): Promise<void> {
    this.#record = record;
    await this.#directory.update(record);
  }

  #touched(): Pick<UploadRecord, 'touchedAt'> {
    return { touchedAt: this.#components.clock.now() };
  }
}

/** What a client is told of an upload that cannot be continued: the error that ended it. */
export function failedError({ uploadId, failure }: UploadRecord): ShoalError {
  if (failure === undefined) return new UploadError('SHOAL_UPLOAD_FAILED', `upload ${uploadId} failed`);
  return new ShoalError({ ...failure, status: Status.FAILED_PRECONDITION });
}
