import type { TransferOpen, TransferRequest } from '@shoal/contracts';
import { METAINFO_LIMITS } from '@shoal/protocol';
import { UploadError } from '../errors.ts';
import { patientReader } from './patient-reader.ts';

/** The messages of a Transfer call. */
export interface TransferMessages {
  /** The first message. */
  open(): Promise<TransferOpen>;
  /** All others: the metainfo file. */
  metainfo(): Promise<Uint8Array>;
}

/** @throws UploadError SHOAL_UPLOAD_PROTOCOL or SHOAL_UPLOAD_IDLE, from either method */
export function transferMessages(messages: AsyncIterable<TransferRequest>): TransferMessages {
  const next = patientReader(messages);
  return {
    async open() {
      const first = await next();
      const part = first.done === true ? undefined : first.value.part;
      if (part?.$case === 'open') return part.value;
      throw new UploadError('SHOAL_UPLOAD_PROTOCOL', 'Transfer does not begin with an open message');
    },
    async metainfo() {
      const chunks: Uint8Array[] = [];
      let bytes = 0;
      for (let message = await next(); message.done !== true; message = await next()) {
        const { part } = message.value;
        if (part?.$case !== 'metainfo') {
          throw new UploadError(
            'SHOAL_UPLOAD_PROTOCOL',
            'after the open message, Transfer takes metainfo alone',
          );
        }
        bytes += part.value.length;
        if (bytes > METAINFO_LIMITS.maxBytes) {
          const message = `a metainfo of more than ${METAINFO_LIMITS.maxBytes} bytes`;
          throw new UploadError('SHOAL_UPLOAD_PROTOCOL', message);
        }
        chunks.push(part.value);
      }
      return Buffer.concat(chunks);
    },
  };
}
