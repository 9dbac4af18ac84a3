import type { CloseReason, PeerFacts, PeerHandle, TorrentCore } from '@shoal/swarm';
import type { BlockSource } from '../ports/block-source.ts';
import { DepartedPeers } from './departed-peers.ts';

/** Sums over the sources of a torrent: payload bytes per second. */
export interface SourceFigures {
  readonly downloadRate: number;
  readonly uploadRate: number;
}

/** The figures of a torrent without sources. */
export const NO_FIGURES: SourceFigures = { downloadRate: 0, uploadRate: 0 };

/** Whatever gives one torrent blocks, by what its core calls them. */
export class BlockSources {
  readonly #core: TorrentCore;
  readonly #sources = new Map<PeerHandle, BlockSource>();
  readonly #departed = new DepartedPeers();
  #isPausedByDisk = false;

  constructor(components: { readonly core: TorrentCore }) {
    this.#core = components.core;
  }

  /** Makes it a peer of the core. */
  join(source: BlockSource, facts: PeerFacts): PeerHandle {
    const handle = this.#core.addPeer(facts);
    this.#sources.set(handle, source);
    if (this.#isPausedByDisk) source.setPausedByDisk(true);
    return handle;
  }

  /** It is none any more. */
  leave(source: BlockSource, handle: PeerHandle): void {
    this.#sources.delete(handle);
    this.#core.removePeer(handle);
    this.#departed.add(handle, source.identity);
  }

  get(handle: PeerHandle): BlockSource | undefined {
    return this.#sources.get(handle);
  }

  /** Who it is, or was: blocks of one that has left may turn out to be bad later. */
  identityOf(handle: PeerHandle): BlockSource['identity'] | undefined {
    return this.#sources.get(handle)?.identity ?? this.#departed.get(handle);
  }

  /** Stops and resumes the delivery of blocks by all sources, those to come included. */
  setPausedByDisk(isPaused: boolean): void {
    this.#isPausedByDisk = isPaused;
    for (const source of this.#sources.values()) source.setPausedByDisk(isPaused);
  }

  tick(now: number): void {
    for (const source of this.#sources.values()) source.tick(now);
  }

  figures(): SourceFigures {
    const sum = { downloadRate: 0, uploadRate: 0 };
    for (const handle of this.#sources.keys()) {
      const figures = this.#core.peerFigures(handle);
      sum.downloadRate += figures?.downloadRate ?? 0;
      sum.uploadRate += figures?.uploadRate ?? 0;
    }
    return sum;
  }

  /** Closes one, as the core wants it. */
  close(handle: PeerHandle, reason: CloseReason): void {
    const source = this.#sources.get(handle);
    if (source === undefined) return;
    // Closing calls back into the core, which may be in the middle of something.
    queueMicrotask(() => {
      if (reason === 'both-complete') void source.end(reason);
      else source.close(reason);
    });
  }

  /** Takes leave of all; resolves when what was said to them has been sent. */
  async endAll(reason: string): Promise<void> {
    await Promise.all([...this.#sources.values()].map((source) => source.end(reason)));
  }
}
