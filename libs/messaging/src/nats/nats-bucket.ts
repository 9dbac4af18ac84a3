import { jetstream } from '@nats-io/jetstream';
import { Kvm, type KV } from '@nats-io/kv';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Bucket, BucketEntry, BucketSpec } from '../bucket.ts';
import { withDeadline } from '../deadline.ts';
import { MessagingError } from '../errors.ts';
import { checkKey, checkMessage } from '../message-rules.ts';
import { toMessagingError } from './nats-errors.ts';
import { fromNatsBytes } from './nats-message.ts';
import type { NatsLink } from './nats-link.ts';

/** A bucket in JetStream: one message a key, its sequence the revision. */
export class NatsBucket implements Bucket {
  readonly #link: NatsLink;
  readonly #spec: BucketSpec;
  #opened: { readonly connection: NatsConnection; readonly kv: Promise<KV> } | undefined;

  constructor(link: NatsLink, spec: BucketSpec) {
    this.#link = link;
    this.#spec = spec;
  }

  async get(key: string): Promise<BucketEntry | undefined> {
    checkKey(key);
    const entry = await this.#use((kv) => kv.get(key));
    if (entry?.operation !== 'PUT') return undefined;
    return { key, value: fromNatsBytes(entry.value), revision: entry.revision };
  }

  async put(key: string, value: Uint8Array): Promise<number> {
    checkWrite(key, value);
    return this.#use((kv) => kv.put(key, value));
  }

  async create(key: string, value: Uint8Array): Promise<number> {
    checkWrite(key, value);
    return this.#use((kv) => kv.create(key, value));
  }

  async update(key: string, value: Uint8Array, revision: number): Promise<number> {
    checkWrite(key, value);
    return this.#use((kv) => kv.put(key, value, { previousSeq: revision }));
  }

  async delete(key: string): Promise<void> {
    checkKey(key);
    await this.#use((kv) => kv.purge(key));
  }

  async keys(): Promise<readonly string[]> {
    return this.#use(async (kv) => {
      const keys: string[] = [];
      for await (const key of await kv.keys()) keys.push(key);
      return keys;
    });
  }

  /** Runs an operation; when the server lost the bucket, makes it again and runs the operation once more. */
  async #use<T>(operation: (kv: KV) => Promise<T>): Promise<T> {
    try {
      return await this.#run(operation);
    } catch (error) {
      if (!(error instanceof MessagingError) || error.code !== 'SHOAL_BUS_NO_STREAM') throw error;
      this.#opened = undefined;
      return this.#run(operation);
    }
  }

  async #run<T>(operation: (kv: KV) => Promise<T>): Promise<T> {
    const what = `bucket ${this.#spec.name}`;
    const connection = await this.#link.ready();
    try {
      return await withDeadline(this.#open(connection).then(operation), this.#link.timeoutMs, what);
    } catch (error) {
      throw toMessagingError(error, what);
    }
  }

  /** Opened once a connection: every opening is a request of its own. */
  #open(connection: NatsConnection): Promise<KV> {
    if (this.#opened?.connection === connection) return this.#opened.kv;
    const kv = new Kvm(jetstream(connection, { timeout: this.#link.timeoutMs })).create(this.#spec.name, {
      history: 1,
      max_bytes: this.#spec.maxBytes,
      // Direct reads of a bucket that is gone are answered by silence; these by an error.
      allow_direct: false,
    });
    this.#opened = { connection, kv };
    kv.catch(() => {
      if (this.#opened?.kv === kv) this.#opened = undefined;
    });
    return kv;
  }
}

function checkWrite(key: string, value: Uint8Array): void {
  checkKey(key);
  checkMessage(value);
}
