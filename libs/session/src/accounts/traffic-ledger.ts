import { Waste } from '@shoal/swarm';
import type { Accounts, SourceClass } from './accounts.ts';

/** Counts bytes where they pass, in its own books and in those of which it is a part. */
export class TrafficLedger {
  /** For cores to count in. */
  readonly waste: Waste;
  readonly #whole: TrafficLedger | undefined;
  readonly #downloaded = noBytes();
  readonly #uploaded = noBytes();
  readonly #overhead = { downloaded: 0, uploaded: 0 };
  #reused = 0;

  /** @param whole the books of which these are a part: a session's, for a torrent */
  constructor(whole?: TrafficLedger) {
    this.#whole = whole;
    this.waste = new Waste(whole?.waste);
  }

  /** A block has come in whole. */
  received(from: SourceClass, bytes: number): void {
    this.#downloaded[from] += bytes;
    this.#whole?.received(from, bytes);
  }

  /** Payload has gone. */
  sent(to: SourceClass, bytes: number): void {
    this.#uploaded[to] += bytes;
    this.#whole?.sent(to, bytes);
  }

  /** A peer has said so much beside payload. */
  heard(bytes: number): void {
    this.#overhead.downloaded += bytes;
    this.#whole?.heard(bytes);
  }

  /** We have said so much beside payload. */
  said(bytes: number): void {
    this.#overhead.uploaded += bytes;
    this.#whole?.said(bytes);
  }

  /** Bytes were there on this host. */
  reused(bytes: number): void {
    this.#reused += bytes;
    this.#whole?.reused(bytes);
  }

  /** A copy of the books as they are. */
  accounts(): Accounts {
    return {
      downloaded: { ...this.#downloaded },
      uploaded: { ...this.#uploaded },
      wasted: { ...this.waste.bytes },
      reused: this.#reused,
      overhead: { ...this.#overhead },
    };
  }
}

function noBytes(): Record<SourceClass, number> {
  return { seeder: 0, 'same-rack': 0, 'same-zone': 0, 'other-zone': 0, client: 0, origin: 0 };
}
