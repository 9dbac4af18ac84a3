import { type Entries, type Metainfo, MetainfoError, parseMetainfo } from '@shoal/protocol';
import { UploadError } from '../errors.ts';
import { sameManifest } from './same-manifest.ts';

/** What the metainfo of a transfer has to say. */
export interface WantedTransfer {
  /** The artifact's name. */
  readonly name: string;
  /** Bytes. */
  readonly pieceLength: number;
  /** As the client was told it. */
  readonly source: string;
  readonly manifest: Entries;
}

/**
 * Reads the metainfo of the swarm in which a client hands over an upload. With the roots of the manifest it can only be right
 * in one way: what its pieces are is proven by them.
 * @throws UploadError SHOAL_UPLOAD_PROTOCOL when it is anything else than what was agreed on
 */
export function readTransferMetainfo(bytes: Uint8Array, wanted: WantedTransfer): Metainfo {
  const metainfo = parse(bytes);
  const { name, pieceLength, source, manifest } = wanted;
  const asAgreed =
    metainfo.format === 'v2' &&
    metainfo.private &&
    metainfo.name === name &&
    metainfo.pieceLength === pieceLength &&
    metainfo.source === source &&
    sameManifest(metainfo.files, manifest);
  if (asAgreed) return metainfo;
  throw new UploadError(
    'SHOAL_UPLOAD_PROTOCOL',
    'the metainfo of the transfer is not that of the manifest, with every root, and of the invitation',
  );
}

function parse(bytes: Uint8Array): Metainfo {
  try {
    return parseMetainfo(bytes);
  } catch (error) {
    if (!(error instanceof MetainfoError)) throw error;
    throw new UploadError('SHOAL_UPLOAD_PROTOCOL', `the metainfo of the transfer: ${error.message}`, {
      cause: error,
    });
  }
}
