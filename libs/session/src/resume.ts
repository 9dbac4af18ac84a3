import { readFile } from 'node:fs/promises';
import {
  type BencodeDictionary,
  type BencodeValue,
  Bitfield,
  COMPACT_IPV4_LENGTH,
  COMPACT_IPV6_LENGTH,
  decodeBencodeDictionary,
  decodeCompactPeers,
  encodeBencode,
  encodeCompactPeers,
} from '@shoal/protocol';
import { decodeAccounts, encodeAccounts } from './accounts/accounts-codec.ts';
import type { FetchBooks } from './accounts/torrent-ledger.ts';
import type { PeerAddress } from './api/peer.ts';
import { MAX_RESUMED_PEERS } from './constants.ts';
import { writeFileAtomic } from './storage/durable-files.ts';

/** What is known about a torrent across a restart. */
export interface ResumeState {
  /** Verified, written and made durable: to be trusted even after a power cut. */
  readonly durable: Bitfield;
  /** Verified and written: to be trusted after they have been hashed again. Holds the durable ones as well. */
  readonly written: Bitfield;
  /** Peers to dial first, the best first. Those known by a host name are not kept. */
  readonly peers: readonly PeerAddress[];
  /** As of the write: they go with the pieces. */
  readonly books: FetchBooks;
}

/** Version of the file's structure. */
const VERSION = 1n;

/** Largest file that is read: two bitfields of 2 million pieces (libtorrent `max_pieces`), and some. */
const LIMITS = { maxBytes: 1024 * 1024, maxDepth: 4, maxTokens: 1_024 };

/** Keeps a torrent's {@link ResumeState} in a file that is replaced as a whole. */
export class ResumeFile {
  readonly #path: string;
  readonly #infoHash: Uint8Array;

  /** @param infoHash tells the torrents apart whose files were mixed up */
  constructor(path: string, infoHash: Uint8Array) {
    this.#path = path;
    this.#infoHash = infoHash;
  }

  /** Reads the file; undefined when it is missing, damaged, or of another torrent: then everything is fetched anew. */
  async read(pieceCount: number): Promise<ResumeState | undefined> {
    try {
      const { dictionary } = decodeBencodeDictionary(await readFile(this.#path), LIMITS);
      const infoHash = dictionary.get('info hash');
      const durable = dictionary.get('durable');
      const written = dictionary.get('written');
      if (dictionary.get('version') !== VERSION) return undefined;
      if (!(infoHash instanceof Uint8Array) || Buffer.compare(infoHash, this.#infoHash) !== 0)
        return undefined;
      if (!(durable instanceof Uint8Array) || !(written instanceof Uint8Array)) return undefined;
      return {
        durable: Bitfield.fromBytes(pieceCount, durable),
        written: Bitfield.fromBytes(pieceCount, written),
        peers: readPeers(dictionary),
        books: {
          fetch: decodeAccounts(dictionary.get('fetch')),
          lifetime: decodeAccounts(dictionary.get('lifetime')),
        },
      };
    } catch {
      return undefined;
    }
  }

  /**
   * Replaces the file: after a crash there is the old one or the new one.
   * @param isDurable also after a power cut (fsync)
   * @throws the system's error
   */
  async write(state: ResumeState, isDurable: boolean): Promise<void> {
    const { peers, peers6 } = encodeCompactPeers(state.peers);
    const content = encodeBencode(
      new Map<string, BencodeValue>([
        ['durable', state.durable.bytes],
        ['fetch', encodeAccounts(state.books.fetch)],
        ['info hash', this.#infoHash],
        ['lifetime', encodeAccounts(state.books.lifetime)],
        ['peers', peers],
        ['peers6', peers6],
        ['version', VERSION],
        ['written', state.written.bytes],
      ]),
    );
    await writeFileAtomic(this.#path, content, isDurable);
  }
}

/** Packed as trackers do (BEP 23, 7). Files of before may have none. */
function readPeers(fields: BencodeDictionary): PeerAddress[] {
  const packed = [
    ['peers', COMPACT_IPV4_LENGTH],
    ['peers6', COMPACT_IPV6_LENGTH],
  ] as const;
  return packed.flatMap(([name, size]) => {
    const bytes = fields.get(name);
    return bytes instanceof Uint8Array ? (decodeCompactPeers(bytes, size, MAX_RESUMED_PEERS) ?? []) : [];
  });
}
