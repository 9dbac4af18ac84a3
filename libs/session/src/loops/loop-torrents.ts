import type { Torrent } from '../api/torrent.ts';
import type { LoopFigures } from './loop-messages.ts';
import type { AddLoopTorrent, LoopSession } from './loop-session.ts';

/** The torrents of one loop, by name. */
export class LoopTorrents {
  readonly #session: LoopSession;
  readonly #torrents = new Map<string, Torrent>();
  /** Names of those that were not idle at the last report. */
  #reported = new Set<string>();

  constructor(session: LoopSession) {
    this.#session = session;
  }

  get(name: string): Torrent | undefined {
    return this.#torrents.get(name);
  }

  /** @throws TorrentError */
  add(name: string, options: AddLoopTorrent): void {
    this.#torrents.set(name, this.#session.add(options));
  }

  /** Disconnects and forgets a torrent. Its last figures; undefined when it is not there. */
  async remove(name: string): Promise<LoopFigures | undefined> {
    const torrent = this.#torrents.get(name);
    if (torrent === undefined) return undefined;
    this.#torrents.delete(name);
    await torrent.remove();
    return figuresOf(name, torrent);
  }

  /** What there is to report: of torrents that are not idle, and once more when they have become it. */
  collect(): LoopFigures[] {
    const before = this.#reported;
    this.#reported = new Set();
    const all: LoopFigures[] = [];
    for (const [name, torrent] of this.#torrents) {
      const figures = figuresOf(name, torrent);
      const isIdle = figures.progress.state === 'idle';
      if (isIdle && !before.has(name)) continue;
      if (!isIdle) this.#reported.add(name);
      all.push(figures);
    }
    return all;
  }
}

function figuresOf(name: string, torrent: Torrent): LoopFigures {
  return { name, progress: torrent.progress(), peers: torrent.peers() };
}
