import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Metainfo, parseMetainfo } from '@shoal/protocol';
import { writeFileAtomic } from '@shoal/session';
import { isSwarmKey, parseSwarmRecord, type SwarmKey, type SwarmRecord } from './swarm-record.ts';

const RECORD_SUFFIX = '.json';

/**
 * The swarms a member is in, in a directory: `<key>.torrent` and `<key>.ledger` beside `<key>.json`. The metainfo is written first, so that a
 * record always has one.
 */
export interface SwarmRecords {
  /** Every record there is; damaged ones are left out. */
  list(): Promise<SwarmRecord[]>;
  /** Keeps a swarm, durably. */
  save(record: SwarmRecord, metainfo: Uint8Array): Promise<void>;
  /** Replaces the record of a swarm that is kept already. */
  update(record: SwarmRecord): Promise<void>;
  /** The metainfo file as it was saved. */
  metainfoBytes(key: SwarmKey): Promise<Uint8Array>;
  /** The metainfo of a swarm, read anew from disk. */
  metainfo(key: SwarmKey): Promise<Metainfo>;
  /** Where {@link metainfo} is read from. */
  metainfoPath(key: SwarmKey): string;
  /** Where the session keeps the books of the swarm. */
  ledgerPath(key: SwarmKey): string;
  /** Forgets a swarm and its books; one that is not kept is fine. */
  remove(key: SwarmKey): Promise<void>;
}

/** Opens the records in `directory`, which is made when missing. */
export async function openSwarmRecords(directory: string): Promise<SwarmRecords> {
  await mkdir(directory, { recursive: true });
  return new RecordDirectory(directory);
}

class RecordDirectory implements SwarmRecords {
  readonly #directory: string;
  /** Updates of one record run one after the other. */
  readonly #writes = new Map<SwarmKey, Promise<void>>();

  constructor(directory: string) {
    this.#directory = directory;
  }

  async list(): Promise<SwarmRecord[]> {
    const records: SwarmRecord[] = [];
    for (const file of await readdir(this.#directory)) {
      const key = file.slice(0, -RECORD_SUFFIX.length);
      if (!file.endsWith(RECORD_SUFFIX) || !isSwarmKey(key)) continue;
      const record = parseSwarmRecord(await readFile(this.#recordPath(key), 'utf8'));
      if (record?.key === key) records.push(record);
    }
    return records;
  }

  async save(record: SwarmRecord, metainfo: Uint8Array): Promise<void> {
    await this.#inOrder(record.key, async () => {
      await writeFileAtomic(this.metainfoPath(record.key), metainfo);
      await this.#write(record);
    });
  }

  async update(record: SwarmRecord): Promise<void> {
    await this.#inOrder(record.key, () => this.#write(record));
  }

  async metainfoBytes(key: SwarmKey): Promise<Uint8Array> {
    return await readFile(this.metainfoPath(key));
  }

  async metainfo(key: SwarmKey): Promise<Metainfo> {
    return parseMetainfo(await this.metainfoBytes(key));
  }

  async remove(key: SwarmKey): Promise<void> {
    await this.#inOrder(key, async () => {
      await rm(this.#recordPath(key), { force: true });
      await rm(this.metainfoPath(key), { force: true });
      await rm(this.ledgerPath(key), { force: true });
    });
  }

  async #write(record: SwarmRecord): Promise<void> {
    await writeFileAtomic(this.#recordPath(record.key), `${JSON.stringify(record, undefined, 2)}\n`);
  }

  async #inOrder(key: SwarmKey, write: () => Promise<void>): Promise<void> {
    const before = this.#writes.get(key) ?? Promise.resolve();
    const turn = before.catch(() => undefined).then(write);
    this.#writes.set(key, turn);
    try {
      await turn;
    } finally {
      if (this.#writes.get(key) === turn) this.#writes.delete(key);
    }
  }

  metainfoPath(key: SwarmKey): string {
    return join(this.#directory, `${key}.torrent`);
  }

  ledgerPath(key: SwarmKey): string {
    return join(this.#directory, `${key}.ledger`);
  }

  #recordPath(key: SwarmKey): string {
    return join(this.#directory, `${key}${RECORD_SUFFIX}`);
  }
}
