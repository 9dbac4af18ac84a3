import type { TransferReport } from '@shoal/contracts';
import type { SwarmMember, SwarmRecord } from '@shoal/fleet';
import type { Metainfo, MetainfoEntry } from '@shoal/protocol';
import type { Priority } from '@shoal/session';
import { transferReport } from '../fetch/transfer-report.ts';
import { PartSelection } from './part-selection.ts';

/** A part of an artifact on its way; what is wanted of it may grow. */
export class PartTransfer {
  readonly record: SwarmRecord;
  readonly metainfo: Metainfo;
  readonly selection = new PartSelection();
  /** Who waits for it. */
  waiting = 0;
  /** Bytes that came from other trees of this host. */
  bytesReused = 0;
  /** It ends: who still waits looks at the tree again. */
  isOver = false;
  ending: Promise<void> | undefined;
  readonly #startedAt: number;
  #bytesWanted = 0;
  #joined: Promise<SwarmMember> | undefined;
  #member: SwarmMember | undefined;

  /** @param startedAt milliseconds since 1970 */
  constructor(record: SwarmRecord, metainfo: Metainfo, startedAt: number) {
    this.record = record;
    this.metainfo = metainfo;
    this.#startedAt = startedAt;
  }

  /** Fetches what `missing` names too. */
  want(priorityOf: (entry: MetainfoEntry) => Priority, missing: ReadonlySet<number>): void {
    for (const index of missing) {
      const entry = this.metainfo.files.at(index);
      if (entry !== undefined && !this.selection.has(entry)) this.#bytesWanted += entry.length;
    }
    this.selection.add(priorityOf, this.metainfo.files, missing);
    this.#member?.torrent.setPriorities({ ofFile: this.selection.snapshot() });
  }

  /** Resolves when the swarm is joined, which the first call does by `join`. */
  joined(join: () => Promise<SwarmMember>): Promise<SwarmMember> {
    this.#joined ??= join().then((member) => {
      // What was wanted since.
      member.torrent.setPriorities({ ofFile: this.selection.snapshot() });
      return (this.#member = member);
    });
    return this.#joined;
  }

  /** Resolves when joining is over, however it went. */
  async settled(): Promise<void> {
    await this.#joined?.catch(() => undefined);
  }

  /** How far it is at `now`. */
  report(now: number): TransferReport {
    const progress = this.#member?.torrent.progress();
    const wanted = progress && {
      ...progress,
      bytesDone: progress.wanted.bytesDone,
      bytesTotal: progress.wanted.bytes,
    };
    const { bytesReused } = this;
    return transferReport(wanted, this.#bytesWanted, { startedAt: this.#startedAt, now, bytesReused });
  }
}
