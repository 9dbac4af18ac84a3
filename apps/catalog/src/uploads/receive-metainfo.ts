import { MAX_METAINFO_BYTES } from '../constants.ts';
import { CatalogError } from '../errors.ts';

/** A message of a call that brings a metainfo: the header once and first, then chunks. */
interface MetainfoMessage<H> {
  readonly part?:
    | { readonly $case: 'header'; readonly value: H }
    | { readonly $case: 'metainfo'; readonly value: Uint8Array }
    | undefined;
}

/** What such a call brought. */
export interface ReceivedMetainfo<T> {
  readonly header: T;
  /** Empty when the call had none. */
  readonly metainfo: Uint8Array;
}

/**
 * Reads the messages of such a call. `checkHeader` is done before a byte of metainfo is kept.
 * @throws CatalogError SHOAL_UPLOAD_STREAM_INVALID, SHOAL_UPLOAD_METAINFO_TOO_LARGE; what `checkHeader` throws
 */
export async function receiveMetainfo<H, T>(
  messages: AsyncIterable<MetainfoMessage<H>>,
  checkHeader: (header: H) => T | Promise<T>,
): Promise<ReceivedMetainfo<T>> {
  let header: { readonly checked: T } | undefined;
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const { part } of messages) {
    if (part?.$case === 'header' && header === undefined) {
      header = { checked: await checkHeader(part.value) };
    } else if (part?.$case === 'metainfo' && header !== undefined) {
      size += part.value.length;
      if (size > MAX_METAINFO_BYTES) throw tooLarge();
      chunks.push(part.value);
    } else {
      throw new CatalogError('SHOAL_UPLOAD_STREAM_INVALID', 'a message is empty or out of order');
    }
  }
  if (header === undefined)
    throw new CatalogError('SHOAL_UPLOAD_STREAM_INVALID', 'the call ended without a header');
  return { header: header.checked, metainfo: Buffer.concat(chunks) };
}

function tooLarge(): CatalogError {
  const message = `the metainfo has more than ${MAX_METAINFO_BYTES} bytes`;
  return new CatalogError('SHOAL_UPLOAD_METAINFO_TOO_LARGE', message);
}
