import type { MetainfoFile } from '@shoal/protocol';
import type { FileReader, OpenReaderOptions } from '@shoal/session';

/** Reads a file in order: one call at a time, until it is closed. */
export type ContentReader = Pick<FileReader, 'read' | 'close'>;

/** Has the files of a torrent, or will have them: a torrent of a session is one. */
export interface StreamedContent {
  /**
   * @param file of the torrent's metainfo
   * @throws ReaderError SHOAL_READER_TOO_MANY, SHOAL_READER_OUT_OF_RANGE
   */
  openReader(file: MetainfoFile, options: Required<OpenReaderOptions>): ContentReader;
}
