import { type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange } from '@shoal/service';
import { MAX_PADDING_BYTES, ZEROS_BYTES } from '../constants.ts';
import type { ContentPath } from './content-path.ts';

/** What an answer is made of. Either it is read, or closed. */
export interface ServedFile {
  /** Bytes. */
  readonly size: number;
  read(range: ByteRange): Readable;
  close(): Promise<void>;
}

/**
 * A file of a tree.
 * @param onRead told the bytes that were read when it is closed
 */
export async function treeFile(file: FileHandle, onRead: (bytes: number) => void): Promise<ServedFile> {
  const { size } = await file.stat();
  return {
    size,
    read: ({ start, end }) => {
      const bytes = file.createReadStream({ start, end: end - 1 });
      bytes.once('close', () => onRead(bytes.bytesRead));
      return bytes;
    },
    close: () => file.close(),
  };
}

/** A file of padding as clients see it that do not know BEP 47: `.pad/N`, N bytes of zeros. Undefined for other paths. */
export function paddingFile({ components }: ContentPath): ServedFile | undefined {
  const [directory, name = '', ...below] = components;
  if (directory !== '.pad' || below.length > 0 || !/^[1-9]\d{0,8}$/.test(name)) return undefined;
  const size = Number(name);
  if (size >= MAX_PADDING_BYTES) return undefined;
  return {
    size,
    read: ({ start, end }) => Readable.from(zeros(end - start), { objectMode: false }),
    close: () => Promise.resolve(),
  };
}

function* zeros(length: number): Generator<Buffer> {
  const chunk = Buffer.alloc(Math.min(length, ZEROS_BYTES));
  for (let left = length; left > 0; left -= chunk.length) yield chunk.subarray(0, left);
}
