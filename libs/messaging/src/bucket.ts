/** A key-value bucket. */
export interface BucketSpec {
  /** Letters, digits, '-' and '_'. */
  readonly name: string;
  /** Bytes of all values, at most; a put beyond them fails with SHOAL_BUS_FULL. */
  readonly maxBytes: number;
}

/** A key's last value. */
export interface BucketEntry {
  readonly key: string;
  readonly value: Uint8Array;
  /** Grows with every write to the bucket; what {@link Bucket.update} compares. */
  readonly revision: number;
}

/**
 * The last value of each key. Keys are made with `bucketKey`. Writes return the entry's new revision.
 * Every method raises MessagingError: SHOAL_BUS_UNAVAILABLE; writes also SHOAL_BUS_FULL, SHOAL_BUS_PAYLOAD_TOO_LARGE.
 */
export interface Bucket {
  get(key: string): Promise<BucketEntry | undefined>;
  put(key: string, value: Uint8Array): Promise<number>;
  /** @throws MessagingError SHOAL_BUS_CONFLICT when the key has a value. */
  create(key: string, value: Uint8Array): Promise<number>;
  /** @throws MessagingError SHOAL_BUS_CONFLICT when `revision` is not the key's last. */
  update(key: string, value: Uint8Array, revision: number): Promise<number>;
  /** Removes the value; a key without one is left alone. */
  delete(key: string): Promise<void>;
  /** Every key that has a value, in no order. */
  keys(): Promise<readonly string[]>;
}
