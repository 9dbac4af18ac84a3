import { Bitfield } from '@shoal/protocol';
import type { FetchBooks } from '../accounts/torrent-ledger.ts';
import type { PeerAddress } from '../api/peer.ts';
import type { ContentStore } from '../ports/content-store.ts';
import type { ResumeFile } from '../resume.ts';

/** Pieces hashed at the same time after a crash: enough to keep a few hashing threads busy. */
const VERIFY_CONCURRENCY = 8;

/** What a torrent starts with: `have` is verified, `durable` a part of it that survives a power cut. */
export interface InitialState {
  readonly have: Bitfield;
  readonly durable: Bitfield;
  /** Good peers of before. */
  readonly peers: readonly PeerAddress[];
  /** Of the fetch that goes on; undefined when it begins. */
  readonly books?: FetchBooks;
}

/**
 * Finds out what is there already: what the caller knows, what the resume file vouches for, and what it calls written,
 * when hashing it agrees. Rejects with StoreError.
 */
export async function findInitialState(
  known: 'none' | 'all' | Bitfield,
  pieceCount: number,
  store: ContentStore,
  file: ResumeFile | undefined,
): Promise<InitialState> {
  if (known === 'all') {
    return { have: Bitfield.all(pieceCount), durable: Bitfield.all(pieceCount), peers: [] };
  }
  const have = known === 'none' ? Bitfield.none(pieceCount) : known.clone();
  const resumed = await file?.read(pieceCount);
  if (resumed === undefined) return { have, durable: have.clone(), peers: [] };
  const doubtful: number[] = [];
  for (let piece = 0; piece < pieceCount; piece += 1) {
    if (resumed.durable.has(piece)) have.add(piece);
    else if (resumed.written.has(piece) && !have.has(piece)) doubtful.push(piece);
  }
  const durable = have.clone();
  await verifyPieces(doubtful, store, have);
  return { have, durable, peers: resumed.peers, books: resumed.books };
}

async function verifyPieces(pieces: number[], store: ContentStore, have: Bitfield): Promise<void> {
  const queue = pieces.values();
  const work = async (): Promise<void> => {
    for (const piece of queue) if (await store.verifyExisting(piece)) have.add(piece);
  };
  await Promise.all(Array.from({ length: VERIFY_CONCURRENCY }, work));
}
