import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type BencodeValue, decodeBencodeDictionary, encodeBencode, type Entries } from '@shoal/protocol';
import { writeFileAtomic } from './durable-files.ts';
import type { PieceDigests } from './jobs.ts';
import { storeFailure } from './store-failure.ts';
import type { HashProfile, TreeDigests } from './tree-digests.ts';

/** How far an ingest is: the digests of its first pieces, whose content is durable. */
export interface IngestState {
  readonly pieces: number;
  readonly digests: PieceDigests;
}

/** Version of the file's structure. */
const VERSION = 1n;

/** Largest file that is read: 52 bytes for each of 2 million pieces (libtorrent `max_pieces`). */
const LIMITS = { maxBytes: 128 * 1024 * 1024, maxDepth: 1, maxTokens: 16 };

/** Tells ingests apart: a state is only used for the same tree and profile. */
export function ingestIdentity(entries: Entries, profile: HashProfile): Uint8Array {
  const hash = createHash('sha256').update(`${profile.format} ${String(profile.pieceLength)}\n`);
  for (const entry of entries) {
    const shape = entry.kind === 'file' ? [entry.length, entry.executable] : entry.target;
    hash.update(`${JSON.stringify([entry.kind, entry.path, shape])}\n`);
  }
  return new Uint8Array(hash.digest());
}

/** Reads a state; undefined when there is none, or it is damaged or of another ingest: then the stream starts anew. */
export async function readIngestState(
  path: string,
  identity: Uint8Array,
  tree: TreeDigests,
): Promise<IngestState | undefined> {
  try {
    const { dictionary } = decodeBencodeDictionary(await readFile(path), LIMITS);
    const found = dictionary.get('identity');
    const pieces = dictionary.get('pieces');
    const sha1 = dictionary.get('sha1');
    const sha256 = dictionary.get('sha256');
    if (dictionary.get('version') !== VERSION || typeof pieces !== 'bigint') return undefined;
    if (!(found instanceof Uint8Array) || Buffer.compare(found, identity) !== 0) return undefined;
    if (!(sha1 instanceof Uint8Array) || !(sha256 instanceof Uint8Array)) return undefined;
    const expected = tree.head(Number(pieces));
    if (sha1.length !== expected.sha1.length || sha256.length !== expected.sha256.length) return undefined;
    return { pieces: Number(pieces), digests: { sha1, sha256 } };
  } catch {
    return undefined;
  }
}

/**
 * Replaces a state durably: after a crash there is the old one or the new one.
 * @throws StoreError
 */
export async function writeIngestState(
  path: string,
  identity: Uint8Array,
  state: IngestState,
): Promise<void> {
  const content = encodeBencode(
    new Map<string, BencodeValue>([
      ['identity', identity],
      ['pieces', BigInt(state.pieces)],
      ['sha1', state.digests.sha1],
      ['sha256', state.digests.sha256],
      ['version', VERSION],
    ]),
  );
  try {
    await writeFileAtomic(path, content);
  } catch (error) {
    throw storeFailure(error);
  }
}
