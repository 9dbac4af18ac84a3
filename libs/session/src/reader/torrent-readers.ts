import type { MetainfoFile } from '@shoal/protocol';
import type { Clock } from '@shoal/swarm';
import type { ActiveTorrent } from '../torrent/active-torrent.ts';
import type { TorrentActivation } from '../torrent/torrent-activation.ts';
import type { TorrentCompletion } from '../torrent/torrent-completion.ts';
import type { TorrentSelection } from '../torrent/torrent-selection.ts';
import { DEFAULT_READ_TIMEOUT, MAX_READERS } from './constants.ts';
import {
  type FileReader,
  FileReaderRuntime,
  type OpenReaderOptions,
  type ReaderHost,
} from './file-reader.ts';
import { PendingRead } from './pending-read.ts';
import { ReaderError } from './reader-error.ts';

export interface TorrentReadersComponents {
  readonly clock: Clock;
  readonly completion: TorrentCompletion;
  readonly selection: TorrentSelection;
  readonly activation: TorrentActivation;
}

/** The readers of one torrent: sets deadlines for what they need next, and tells them when it is there. */
export class TorrentReaders implements ReaderHost {
  readonly #components: TorrentReadersComponents;
  readonly #readers = new Set<FileReaderRuntime>();
  readonly #reads = new Set<PendingRead>();

  constructor(components: TorrentReadersComponents) {
    this.#components = components;
  }

  /** Nobody reads: the torrent may close its store. */
  get isEmpty(): boolean {
    return this.#readers.size === 0;
  }

  /** @throws ReaderError SHOAL_READER_TOO_MANY, SHOAL_READER_OUT_OF_RANGE */
  open(file: MetainfoFile, options: OpenReaderOptions = {}): FileReader {
    if (this.#readers.size >= MAX_READERS) {
      const remedy = 'Close one, or wait until one is done.';
      throw new ReaderError('SHOAL_READER_TOO_MANY', `a torrent has at most ${MAX_READERS} readers`, remedy);
    }
    const { start = 0, end = file.length, timeoutMs = DEFAULT_READ_TIMEOUT } = options;
    const reader = new FileReaderRuntime(this, { file, start, end, timeoutMs });
    this.#readers.add(reader);
    return reader;
  }

  /** A piece was verified and written. */
  onPiece(piece: number): void {
    for (const read of this.#reads) read.onPiece(piece);
  }

  /** Reads that have waited too long end, and those of pieces that are wanted no more. */
  tick(now: number): void {
    for (const read of this.#reads) {
      const { piece } = read;
      if (now >= read.until) read.fail(timeoutError(piece));
      else if (piece !== undefined && !this.#components.completion.isWanted(piece))
        read.fail(notWanted(piece));
    }
  }

  /** The torrent is removed: reads end with `error`. */
  close(error: Error): void {
    for (const read of this.#reads) read.fail(error);
  }

  content(): Promise<ActiveTorrent> {
    return this.#components.activation.get();
  }

  begin(timeoutMs: number): PendingRead {
    const read = new PendingRead(this.#components.clock.now() + timeoutMs);
    this.#reads.add(read);
    return read;
  }

  end(read: PendingRead): void {
    this.#reads.delete(read);
  }

  async whenHad(piece: number, read: PendingRead): Promise<void> {
    const { completion } = this.#components;
    const { known } = completion;
    if (known === 'all' || known?.has(piece) === true) return;
    if (!completion.isWanted(piece)) throw notWanted(piece);
    await read.waitFor(piece);
  }

  onMoved(): void {
    const { completion, selection, activation } = this.#components;
    if (completion.isComplete) return;
    const { active } = activation;
    const rate = active?.figures().downloadRate ?? 0;
    const deadlines = new Map<number, number>();
    for (const reader of this.#readers) {
      for (const [piece, delay] of reader.wanted(rate)) {
        deadlines.set(piece, Math.min(delay, deadlines.get(piece) ?? Infinity));
      }
    }
    selection.setReaderDeadlines(deadlines, active);
  }

  onClosed(reader: FileReaderRuntime): void {
    this.#readers.delete(reader);
    this.onMoved();
  }
}

function timeoutError(piece: number | undefined): ReaderError {
  const what = piece === undefined ? 'the torrent did not open' : `piece ${piece} did not come`;
  const remedy = 'See whether a peer that has it can be reached; reading again waits again.';
  return new ReaderError('SHOAL_READER_TIMEOUT', `${what} in time`, remedy);
}

function notWanted(piece: number): ReaderError {
  const message = `piece ${piece} is not there, and not wanted`;
  return new ReaderError('SHOAL_READER_NOT_WANTED', message, 'Give the file a priority above 0 first.');
}
