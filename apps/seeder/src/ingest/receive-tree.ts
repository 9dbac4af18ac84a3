import type { Metainfo } from '@shoal/protocol';
import {
  type DirectoryStoreComponents,
  hashesOf,
  isStall,
  openDirectoryStore,
  type Session,
  syncTree,
} from '@shoal/session';
import { TRANSFER_STALL_MS } from '../constants.ts';
import { UploadError } from '../errors.ts';

/** Collaborators of {@link receiveTree}. */
export interface ReceiveTreeComponents {
  readonly session: Session;
  readonly store: DirectoryStoreComponents;
}

export interface ReceiveTreeInit {
  readonly metainfo: Metainfo;
  /** Where the tree is built. */
  readonly root: string;
  /** File that keeps across restarts which pieces are there. */
  readonly resumePath: string;
  /** Ends it; what is verified stays. */
  readonly signal: AbortSignal;
  /** Told of the bytes that are verified and written: first, before anybody joins, of what an earlier attempt left. */
  readonly onProgress: (bytes: number) => void;
}

/** How often progress is looked at, in milliseconds. */
const LOOK_INTERVAL_MS = 50;

/**
 * Fetches a tree from whoever joins its swarm, which no tracker knows. Resolves when every byte is verified and durable.
 * @throws UploadError SHOAL_UPLOAD_IDLE or SHOAL_UPLOAD_CONTENT_MISMATCH; StoreError; the signal's reason
 */
export async function receiveTree(components: ReceiveTreeComponents, init: ReceiveTreeInit): Promise<void> {
  const { session, store } = components;
  const { metainfo, root, resumePath, onProgress } = init;
  const mismatch = new AbortController();
  const torrent = session.add({
    hashes: hashesOf(metainfo),
    load: () => Promise.resolve(metainfo),
    openStore: () => openDirectoryStore(store, { metainfo, root, create: true }),
    have: 'none',
    resumePath,
    onPeerBanned: () => mismatch.abort(contentMismatch()),
  });
  const look = (): void => {
    const { state, piecesTotal, bytesDone } = torrent.progress();
    // Before that it is not known what an earlier attempt left.
    if (piecesTotal > 0 && state !== 'starting') onProgress(bytesDone);
  };
  const looking = setInterval(look, LOOK_INTERVAL_MS);
  try {
    const signal = AbortSignal.any([init.signal, mismatch.signal]);
    await torrent.whenComplete({ signal, noProgressMs: TRANSFER_STALL_MS });
  } catch (error) {
    throw isStall(error) ? idle() : error;
  } finally {
    clearInterval(looking);
    look();
    await torrent.remove();
  }
  await syncTree(root);
}

function idle(): UploadError {
  return new UploadError('SHOAL_UPLOAD_IDLE', `no piece came for ${TRANSFER_STALL_MS} ms`);
}

function contentMismatch(): UploadError {
  return new UploadError(
    'SHOAL_UPLOAD_CONTENT_MISMATCH',
    'the client sent other bytes than the roots of its manifest say',
  );
}
