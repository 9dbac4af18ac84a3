const NOT_BINARY = /[^\0-\xff]/;

/** Size of a writer's first buffer, and of the parts that it gives to a sink, in bytes. */
const FIRST_BYTES = 1024;
const PART_BYTES = 64 * 1024;

/** Writes bencode piece by piece. Whoever writes sees to the order of keys, and ends what it began. */
export class BencodeWriter {
  readonly #sink: ((part: Uint8Array) => void) | undefined;
  #buffer = Buffer.allocUnsafe(FIRST_BYTES);
  #length = 0;

  /** @param sink takes what is written in parts, valid during the call, so that it need not be in memory as a whole */
  constructor(sink?: (part: Uint8Array) => void) {
    this.#sink = sink;
  }

  beginDictionary(): void {
    this.#latin1('d');
  }

  beginList(): void {
    this.#latin1('l');
  }

  end(): void {
    this.#latin1('e');
  }

  integer(value: bigint | number): void {
    this.#latin1(`i${String(value)}e`);
  }

  /** @throws RangeError when the key has a char above 0xff */
  key(key: string): void {
    if (NOT_BINARY.test(key)) throw new RangeError(`the key ${JSON.stringify(key)} is not a binary string`);
    this.#latin1(`${String(key.length)}:${key}`);
  }

  bytes(bytes: Uint8Array): void {
    this.#latin1(`${String(bytes.length)}:`);
    this.encoded(bytes);
  }

  /** A text as a byte string of its UTF-8. */
  text(text: string): void {
    const length = Buffer.byteLength(text, 'utf8');
    this.#latin1(`${String(length)}:`);
    this.#reserve(length);
    this.#length += this.#buffer.write(text, this.#length, 'utf8');
  }

  /** What is bencoded already. */
  encoded(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Ends writing. Returns what no sink has taken. */
  finish(): Uint8Array {
    if (this.#sink === undefined) return new Uint8Array(this.#buffer.subarray(0, this.#length));
    this.#drain(this.#sink);
    return new Uint8Array();
  }

  #latin1(text: string): void {
    this.#reserve(text.length);
    this.#length += this.#buffer.write(text, this.#length, 'latin1');
  }

  #reserve(extra: number): void {
    if (this.#sink !== undefined && this.#length >= PART_BYTES) this.#drain(this.#sink);
    const needed = this.#length + extra;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }

  #drain(sink: (part: Uint8Array) => void): void {
    sink(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }
}
