import { Readable } from 'node:stream';
import type { FileReader } from './file-reader.ts';

/**
 * What a reader reads as a stream, which ends the reader when it is destroyed. It holds one chunk, and reads the next when
 * that is taken.
 * @param onBytes told of bytes that were read
 */
export function streamOf(
  reader: Pick<FileReader, 'read' | 'close'>,
  onBytes: (count: number) => void = () => undefined,
): Readable {
  return new Readable({
    highWaterMark: 1,
    read() {
      reader.read().then(
        (bytes) => {
          onBytes(bytes?.length ?? 0);
          this.push(bytes ?? null);
        },
        (error: unknown) => this.destroy(error instanceof Error ? error : new Error(String(error))),
      );
    },
    destroy(error, done) {
      reader.close();
      done(error);
    },
  });
}
