import type { MetainfoFile } from '@shoal/protocol';
import { SPAN_SIZE } from '../constants.ts';
import type { ActiveTorrent } from '../torrent/active-torrent.ts';
import { readAhead } from './read-ahead.ts';
import type { PendingRead } from './pending-read.ts';
import { cancelledError, ReaderError } from './reader-error.ts';

/** Which bytes of a file a reader reads. */
export interface OpenReaderOptions {
  /** Where it begins. @default 0 */
  readonly start?: number;
  /** Where it ends; the byte there is not read. @default the file's length */
  readonly end?: number;
  /** How long one read may wait for its bytes, in milliseconds. @default 60 s */
  readonly timeoutMs?: number;
}

/** Reads a file of a torrent in order, while it is fetched or later. Gives out nothing that is not verified. */
export interface FileReader {
  /** Bytes from the start of the file to what is read next. */
  readonly position: number;
  /**
   * The next bytes, 256 KiB at most; undefined at the end. Waits for them, and has them and what follows fetched before
   * anything else. One call at a time.
   * @throws ReaderError SHOAL_READER_TIMEOUT, SHOAL_READER_CANCELLED, SHOAL_READER_NOT_WANTED, SHOAL_READER_OUT_OF_RANGE
   * @throws TorrentError SHOAL_TORRENT_CLOSED; StoreError, or the error of `load` or `openStore`
   */
  read(): Promise<Uint8Array | undefined>;
  /**
   * Goes on elsewhere: what was to be fetched for it is left to the torrent's own order. A read under way is cancelled.
   * @param position from the start of the file to the reader's end at most
   * @throws ReaderError SHOAL_READER_OUT_OF_RANGE
   */
  seek(position: number): void;
  /** Ends it, and a read under way. Idempotent. */
  close(): void;
}

/** What a reader asks of its torrent. */
export interface ReaderHost {
  /** The torrent's, woken up if need be. */
  content(): Promise<Pick<ActiveTorrent, 'metainfo' | 'store'>>;
  begin(timeoutMs: number): PendingRead;
  end(read: PendingRead): void;
  /** Resolves when the piece is there. @throws ReaderError SHOAL_READER_NOT_WANTED */
  whenHad(piece: number, read: PendingRead): Promise<void>;
  /** What {@link FileReaderRuntime.wanted} answers has changed. */
  onMoved(): void;
  onClosed(reader: FileReaderRuntime): void;
}

export interface FileReaderInit {
  readonly file: MetainfoFile;
  readonly start: number;
  readonly end: number;
  readonly timeoutMs: number;
}

/** A reader of one torrent. */
export class FileReaderRuntime implements FileReader {
  readonly #host: ReaderHost;
  readonly #init: FileReaderInit;
  #position: number;
  #pieceLength: number | undefined;
  /** The piece that it was at when deadlines were set. */
  #announced: number | undefined;
  #read: PendingRead | undefined;
  #isClosed = false;

  /** @throws ReaderError SHOAL_READER_OUT_OF_RANGE */
  constructor(host: ReaderHost, init: FileReaderInit) {
    const { file, start, end } = init;
    if (!(start >= 0 && start <= end && end <= file.length)) throw outOfRange(init, start);
    this.#host = host;
    this.#init = init;
    this.#position = start;
  }

  get position(): number {
    return this.#position;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isClosed) throw cancelledError();
    if (this.#position >= this.#init.end) return undefined;
    const read = this.#host.begin(this.#init.timeoutMs);
    this.#read = read;
    try {
      const bytes = await read.orFailed(this.#load(read));
      this.#position += bytes.length;
      return bytes;
    } finally {
      this.#host.end(read);
      if (this.#read === read) this.#read = undefined;
    }
  }

  seek(position: number): void {
    if (this.#isClosed) throw cancelledError();
    const isWithin = Number.isInteger(position) && position >= 0 && position <= this.#init.end;
    if (!isWithin) throw outOfRange(this.#init, position);
    this.#read?.fail(cancelledError());
    this.#position = position;
    this.#announced = undefined;
    this.#host.onMoved();
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#read?.fail(cancelledError());
    this.#host.onClosed(this);
  }

  /** The pieces that it needs next, in milliseconds from now. @param rate the torrent's, in bytes per second */
  wanted(rate: number): Map<number, number> {
    const { file, end } = this.#init;
    if (this.#pieceLength === undefined || this.#position >= end) return new Map();
    const position = file.offset + this.#position;
    return readAhead({ position, end: file.offset + end, pieceLength: this.#pieceLength, rate });
  }

  async #load(read: PendingRead): Promise<Uint8Array> {
    const { file, end } = this.#init;
    const from = this.#position;
    const { metainfo } = await this.#host.content();
    if (metainfo.files.at(file.index)?.offset !== file.offset) throw outOfRange(this.#init, from);
    const { pieceLength } = metainfo;
    this.#pieceLength = pieceLength;
    const piece = Math.floor((file.offset + from) / pieceLength);
    const begin = (file.offset + from) % pieceLength;
    if (this.#read === read) this.#announce(piece);
    await this.#host.whenHad(piece, read);
    const length = Math.min(end - from, pieceLength - begin, SPAN_SIZE - (begin % SPAN_SIZE));
    const { store } = await this.#host.content();
    const loan = await store.lend(piece, begin, length);
    const bytes = new Uint8Array(loan.bytes);
    loan.release();
    return bytes;
  }

  /** Sets deadlines once for each piece that it comes to. */
  #announce(piece: number): void {
    if (this.#announced === piece) return;
    this.#announced = piece;
    this.#host.onMoved();
  }
}

function outOfRange({ file, end }: FileReaderInit, position: number): ReaderError {
  const message = `no bytes ${position} to ${end} of ${JSON.stringify(file.path.join('/'))}, of ${file.length} bytes`;
  const remedy = 'Take the file from the metainfo of the torrent, and positions from 0 to its length.';
  return new ReaderError('SHOAL_READER_OUT_OF_RANGE', message, remedy);
}
