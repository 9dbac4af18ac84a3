import {
  decodeMetadataMessage,
  encodeMetadataMessage,
  METADATA_PIECE_SIZE,
  metadataPieceSize,
} from '@shoal/protocol';
import { MAX_METADATA_BACKLOG, MAX_METADATA_REJECTS, METADATA_COPIES } from '../../constants.ts';
import type { Extension, ExtensionPeer, ExtensionType } from './extension.ts';

/** Name of the extension (BEP 9). */
export const METADATA_EXTENSION = 'ut_metadata';

/**
 * Tells the `info` dictionary of a torrent to peers that came by a magnet link (BEP 9). Whoever is connected knows the
 * info-hash that it has, so that private torrents (BEP 27) are no exception.
 */
export function createMetadataServer(infoBytes: Uint8Array): ExtensionType {
  return {
    name: METADATA_EXTENSION,
    introduction: { metadataSize: infoBytes.length },
    connect: (peer) => new MetadataServer(peer, infoBytes),
  };
}

/** Answers one peer, so many times and no more. */
class MetadataServer implements Extension {
  readonly #peer: ExtensionPeer;
  readonly #infoBytes: Uint8Array;
  /** Pieces that it may still be told. */
  #left: number;
  #rejects = 0;

  constructor(peer: ExtensionPeer, infoBytes: Uint8Array) {
    this.#peer = peer;
    this.#infoBytes = infoBytes;
    this.#left = METADATA_COPIES * Math.ceil(infoBytes.length / METADATA_PIECE_SIZE);
  }

  onMessage(payload: Uint8Array): void {
    const message = decodeMetadataMessage(payload);
    // We ask for nothing: data and rejects are not for us.
    if (message?.type !== 'request') return;
    const { piece } = message;
    const length = metadataPieceSize(piece, this.#infoBytes.length);
    if (length === 0 || this.#left === 0 || this.#peer.backlogBytes > MAX_METADATA_BACKLOG) {
      this.#reject(piece);
      return;
    }
    this.#left -= 1;
    const begin = piece * METADATA_PIECE_SIZE;
    const data = this.#infoBytes.subarray(begin, begin + length);
    const totalSize = this.#infoBytes.length;
    this.#peer.send(encodeMetadataMessage({ type: 'data', piece, totalSize, data }));
  }

  #reject(piece: number): void {
    this.#rejects += 1;
    if (this.#rejects > MAX_METADATA_REJECTS) this.#peer.close('asks for metadata without end');
    else this.#peer.send(encodeMetadataMessage({ type: 'reject', piece }));
  }
}
