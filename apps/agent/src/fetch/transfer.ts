import type { TransferReport } from '@shoal/contracts';
import type { SwarmMember, SwarmRecord } from '@shoal/fleet';
import { transferReport } from './transfer-report.ts';

/** A tree on its way. */
export class Transfer {
  readonly record: SwarmRecord;
  /** Milliseconds since 1970. */
  readonly startedAt: number;
  finishedAt: number | undefined;
  /** Who waits for it. */
  waiting = 0;
  publishing: Promise<void> | undefined;
  /** Bytes that came from other trees of this host. */
  bytesReused = 0;
  readonly #calledOff = new AbortController();
  readonly #joined: Promise<SwarmMember>;
  #member: SwarmMember | undefined;

  /** @param join prepares the tree and joins its swarm, unless the signal fires before */
  constructor(
    record: SwarmRecord,
    startedAt: number,
    join: (transfer: Transfer, signal: AbortSignal) => Promise<SwarmMember>,
  ) {
    this.record = record;
    this.startedAt = startedAt;
    this.#joined = join(this, this.#calledOff.signal).then((member) => (this.#member = member));
  }

  /** Resolves when the swarm is joined: what the host had of the tree is in it then. */
  joined(): Promise<SwarmMember> {
    return this.#joined;
  }

  /** Ends the preparations, and resolves when they are over, however they went. */
  async callOff(): Promise<void> {
    this.#calledOff.abort();
    await this.#joined.catch(() => undefined);
  }

  /** How far it is at `now`, or what it took. */
  report(now: number): TransferReport {
    const { startedAt, finishedAt = now, bytesReused } = this;
    const progress = this.#member?.torrent.progress();
    return transferReport(progress, this.record.size, { startedAt, now: finishedAt, bytesReused });
  }
}
