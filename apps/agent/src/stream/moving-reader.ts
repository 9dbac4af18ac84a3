import { type ContentReader, pause } from '@shoal/fleet';
import type { Clock } from '@shoal/service';
import { type OpenReaderOptions, ReaderError } from '@shoal/session';
import { STREAM_RETRY_MS } from '../constants.ts';

/** Collaborators of a {@link MovingReader}. */
export interface MovingReaderComponents {
  readonly clock: Clock;
  /** A reader of these bytes where they are now; `undefined` while they are nowhere. */
  readonly open: (range: Required<OpenReaderOptions>) => Promise<ContentReader | undefined>;
}

/** They say that the bytes are not to be had there now; elsewhere or later they are. */
const MOVED: readonly unknown[] = [
  'SHOAL_TORRENT_CLOSED',
  'SHOAL_READER_NOT_WANTED',
  'SHOAL_READER_TOO_MANY',
];

/**
 * Reads a file that changes its place meanwhile: a part is put beside others and its torrent ends, somebody wants the whole of
 * it, a tree is repaired. Then it looks for it anew and goes on where it was, within the time that a read has.
 */
export class MovingReader implements ContentReader {
  readonly #components: MovingReaderComponents;
  readonly #options: Required<OpenReaderOptions>;
  readonly #closed = new AbortController();
  #position: number;
  #reader: ContentReader | undefined;

  constructor(components: MovingReaderComponents, options: Required<OpenReaderOptions>) {
    this.#components = components;
    this.#options = options;
    this.#position = options.start;
  }

  /** @throws ReaderError SHOAL_READER_TIMEOUT, or what the reader at the place raises */
  async read(): Promise<Uint8Array | undefined> {
    const { clock } = this.#components;
    const until = clock.now() + this.#options.timeoutMs;
    while (!this.#closed.signal.aborted) {
      const bytes = await this.#tryRead();
      if (bytes !== 'moved') {
        this.#position += bytes?.length ?? 0;
        return bytes;
      }
      if (clock.now() >= until) throw nowhere(this.#position);
      await pause(clock, STREAM_RETRY_MS, this.#closed.signal);
    }
    return undefined;
  }

  close(): void {
    this.#closed.abort();
    this.#reader?.close();
  }

  async #tryRead(): Promise<Uint8Array | undefined | 'moved'> {
    try {
      this.#reader ??= await this.#components.open({ ...this.#options, start: this.#position });
      if (this.#closed.signal.aborted) this.#reader?.close();
      return this.#reader === undefined ? 'moved' : await this.#reader.read();
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && MOVED.includes(error.code))) throw error;
      this.#reader?.close();
      this.#reader = undefined;
      return 'moved';
    }
  }
}

function nowhere(position: number): ReaderError {
  const remedy = 'See with shoal fetch whether the artifact comes; reading again waits again.';
  return new ReaderError('SHOAL_READER_TIMEOUT', `byte ${position} is nowhere on this host yet`, remedy);
}
