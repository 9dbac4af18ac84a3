import { readFile } from 'node:fs/promises';
import { type BencodeValue, decodeBencodeDictionary, encodeBencode } from '@shoal/protocol';
import { writeFileAtomic } from '../storage/durable-files.ts';
import { type Accounts, NO_ACCOUNTS } from './accounts.ts';
import { decodeAccounts, encodeAccounts } from './accounts-codec.ts';

/** What a ledger file keeps of a torrent, over all the time that this host has had it. */
export interface LedgerState {
  readonly accounts: Accounts;
  /** How long it has been complete in a session, in milliseconds. */
  readonly seedMillis: number;
}

/** Of a torrent that is new here. */
export const NEW_LEDGER: LedgerState = { accounts: NO_ACCOUNTS, seedMillis: 0 };

/** Version of the file's structure. */
const VERSION = 1n;

/** The file has 25 numbers: room for more classes and kinds. */
const LIMITS = { maxBytes: 16 * 1024, maxDepth: 4, maxTokens: 512 };

/** Keeps a {@link LedgerState} in a file that is replaced as a whole, durably. */
export class LedgerFile {
  readonly #path: string;
  readonly #infoHash: Uint8Array;

  /** @param infoHash tells the torrents apart whose files were mixed up */
  constructor(path: string, infoHash: Uint8Array) {
    this.#path = path;
    this.#infoHash = infoHash;
  }

  /** {@link NEW_LEDGER} when the file is missing, damaged, or of another torrent. */
  async read(): Promise<LedgerState> {
    try {
      const { dictionary } = decodeBencodeDictionary(await readFile(this.#path), LIMITS);
      const infoHash = dictionary.get('info hash');
      if (dictionary.get('version') !== VERSION) return NEW_LEDGER;
      if (!(infoHash instanceof Uint8Array) || Buffer.compare(infoHash, this.#infoHash) !== 0)
        return NEW_LEDGER;
      const seedMillis = dictionary.get('seed millis');
      return {
        accounts: decodeAccounts(dictionary.get('accounts')),
        seedMillis: typeof seedMillis === 'bigint' && seedMillis > 0n ? Number(seedMillis) : 0,
      };
    } catch {
      return NEW_LEDGER;
    }
  }

  /**
   * Replaces the file: after a crash or a power cut there is the old one or the new one.
   * @throws the system's error
   */
  async write({ accounts, seedMillis }: LedgerState): Promise<void> {
    const content = encodeBencode(
      new Map<string, BencodeValue>([
        ['accounts', encodeAccounts(accounts)],
        ['info hash', this.#infoHash],
        ['seed millis', BigInt(Math.round(seedMillis))],
        ['version', VERSION],
      ]),
    );
    await writeFileAtomic(this.#path, content);
  }
}
