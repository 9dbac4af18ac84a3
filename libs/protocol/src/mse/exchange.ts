/**
 * One side of a handshake, written as a sequence: it yields how many bytes of the peer it needs next, gets just as many,
 * which are only good until it yields again, and returns what was agreed.
 */
export type Exchange<Result> = Generator<number, Result, Uint8Array>;

/** What an exchange has come to. */
export interface FinishedExchange<Result> {
  readonly result: Result;
  /** Bytes that came after it; only good until `push` is called by whoever called it. */
  readonly rest: Uint8Array;
}

/** Feeds an {@link Exchange} with a stream that comes in chunks of any size. Never holds more than it needs next. */
export class ExchangeReader<Result> {
  readonly #exchange: Exchange<Result>;
  /** Bytes that are needed next; undefined before {@link start}. */
  #needed: number | undefined;
  #held: Uint8Array = new Uint8Array();

  constructor(exchange: Exchange<Result>) {
    this.#exchange = exchange;
  }

  /**
   * Feeds the next chunk, the first time perhaps an empty one so that it begins. Returns what it came to when that is the
   * end. After an error, or the end, it takes no more.
   * @throws whatever the exchange throws
   */
  push(chunk: Uint8Array): FinishedExchange<Result> | undefined {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    let at = 0;
    this.#needed ??= this.#begin();
    while (bytes.length - at >= this.#needed) {
      const end = at + this.#needed;
      const step = this.#exchange.next(bytes.subarray(at, end));
      at = end;
      if (step.done === true) return { result: step.value, rest: bytes.subarray(at) };
      this.#needed = step.value;
    }
    this.#held = Uint8Array.from(bytes.subarray(at));
    return undefined;
  }

  #begin(): number {
    const step = this.#exchange.next(new Uint8Array());
    if (step.done === true) throw new TypeError('an exchange that asks for nothing');
    return step.value;
  }
}
