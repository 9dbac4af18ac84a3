import type { DigestHex } from '@shoal/fleet';
import type { Logger } from '@shoal/service';
import type { Upload } from '../ingest/upload.ts';
import type { Seedings } from '../seeding/seedings.ts';
import type { Trees } from '../seeding/trees.ts';
import { reportStaged, type ReportStagedComponents } from './report-staged.ts';

/** Collaborators of a {@link Completion}. */
export interface CompletionComponents extends ReportStagedComponents {
  readonly seedings: Seedings;
  readonly trees: Trees;
  readonly logger: Logger;
}

/** Brings staged uploads to their end: reported to the catalog until it answers, then seeded, or cleaned up. */
export interface Completion {
  /** Works on a staged upload in the background; nothing when it is at it already. */
  begin(upload: Upload): void;
  /** Resolves when the work on an upload is over; at once when there is none. */
  settled(upload: Upload): Promise<void>;
  stop(): Promise<void>;
}

export interface CompletionInit {
  /** Every upload there is: two may stage the same content. */
  readonly uploads: () => Iterable<Upload>;
}

export function createCompletion(components: CompletionComponents, init: CompletionInit): Completion {
  return new CompletionSet(components, init);
}

interface Work {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

class CompletionSet implements Completion {
  readonly #components: CompletionComponents;
  readonly #init: CompletionInit;
  readonly #work = new Map<Upload, Work>();

  constructor(components: CompletionComponents, init: CompletionInit) {
    this.#components = components;
    this.#init = init;
  }

  begin(upload: Upload): void {
    if (this.#work.has(upload)) return;
    const stop = new AbortController();
    const done = this.#complete(upload, stop.signal)
      .catch((error: unknown) => {
        const { uploadId } = upload.record;
        this.#components.logger.error({ err: error, uploadId }, 'could not complete an upload');
      })
      .finally(() => this.#work.delete(upload));
    this.#work.set(upload, { stop, done });
  }

  async settled(upload: Upload): Promise<void> {
    await this.#work.get(upload)?.done;
  }

  async stop(): Promise<void> {
    const work = [...this.#work.values()];
    for (const { stop } of work) stop.abort();
    await Promise.all(work.map(({ done }) => done));
  }

  async #complete(upload: Upload, signal: AbortSignal): Promise<void> {
    const { logger, seedings } = this.#components;
    const { uploadId } = upload.record;
    // After a crash the tree may still be where it was uploaded to.
    await upload.settleTree();
    const staged = { uploadId, ticket: () => upload.record.ticket, metainfo: () => upload.metainfo() };
    const outcome = await reportStaged(this.#components, staged, signal);
    if (outcome?.state === 'published') {
      await upload.markPublished();
      const { namespace, name, contentDigest } = upload.record;
      if (contentDigest !== undefined) await seedings.add({ namespace, name, contentDigest });
    } else if (outcome?.state === 'refused') {
      logger.warn({ err: outcome.error, uploadId }, 'the catalog refused an upload');
      await upload.fail(outcome.error);
      await this.#dropTree(upload);
    }
  }

  /** Removes the tree of a refused upload, unless something else needs it. */
  async #dropTree(upload: Upload): Promise<void> {
    const { contentDigest } = upload.record;
    if (contentDigest === undefined || this.#isNeeded(contentDigest, upload)) return;
    await this.#components.trees.remove(contentDigest);
  }

  #isNeeded(digest: DigestHex, except: Upload): boolean {
    if (this.#components.seedings.isServed(digest)) return true;
    for (const upload of this.#init.uploads()) {
      const { phase, contentDigest } = upload.record;
      const holds = phase === 'staged' || phase === 'published';
      if (upload !== except && holds && contentDigest === digest) return true;
    }
    return false;
  }
}
