import type { SeedLimit, Session, Torrent } from '@shoal/session';
import { FEW_PEERS, JOIN_NUMWANT, MORE_NUMWANT, UPDATES_BETWEEN_REQUESTS } from '../constants.ts';
import type { Announcement, Announcer, MemberStatus } from './announcer.ts';
import { type SwarmContent, torrentOf } from './swarm-content.ts';
import { infoHashOf, type SwarmRecord } from './swarm-record.ts';
import type { SwarmRecords } from './swarm-records.ts';

/** Collaborators of a {@link SwarmMember}. */
export interface SwarmMemberComponents {
  readonly session: Session;
  readonly announcer: Announcer;
  readonly records: SwarmRecords;
  /** Called when others say that this host sent them bad bytes in a swarm. */
  readonly onReported: (record: SwarmRecord) => void;
}

/** One swarm this host is in: a torrent of the session, and its announcement at the tracker. */
export class SwarmMember {
  readonly torrent: Torrent;
  readonly #announcement: Announcement;
  readonly #size: number;
  /** It was complete when it joined; its torrent counts no pieces before the first peer. */
  readonly #cameComplete: boolean;
  #record: SwarmRecord;
  #reported: MemberStatus;
  #updatesSinceRequest = 0;

  /** Joins the swarm. `onSeedLimit`: it has given enough, and is to be left. */
  constructor(
    { session, announcer, records, onReported }: SwarmMemberComponents,
    record: SwarmRecord,
    content: SwarmContent,
    onSeedLimit: (limit: SeedLimit) => void,
  ) {
    this.#record = record;
    this.#size = record.size;
    this.#cameComplete = content.have === 'all';
    this.torrent = session.add({
      ...torrentOf(records, record, content),
      onPeerBanned: ({ peerId }) => this.#announcement.report(peerId),
      onSeedLimit,
    });
    this.#reported = this.#status(0);
    this.#announcement = announcer.join({
      infoHash: infoHashOf(record.key),
      grant: record.grant,
      trackerEndpoints: record.trackerEndpoints,
      status: () => this.#status(JOIN_NUMWANT),
      onPeers: (peers) => this.torrent.addPeers(peers),
      onReported: () => onReported(this.#record),
    });
  }

  get record(): SwarmRecord {
    return this.#record;
  }

  /** Whether every piece is verified and written. */
  get complete(): boolean {
    if (this.#cameComplete) return true;
    const { piecesDone, piecesTotal } = this.torrent.progress();
    return piecesTotal > 0 && piecesDone === piecesTotal;
  }

  /** Tells the tracker what has changed since the last time, and asks for more peers when there are few. */
  update(): void {
    const { peers } = this.torrent.progress();
    this.#updatesSinceRequest += 1;
    const wanting =
      !this.complete && peers < FEW_PEERS && this.#updatesSinceRequest >= UPDATES_BETWEEN_REQUESTS;
    const status = this.#status(wanting ? MORE_NUMWANT : 0);
    if (wanting) this.#updatesSinceRequest = 0;
    if (!wanting && sameStatus(status, this.#reported)) return;
    this.#reported = status;
    this.#announcement.update(status);
  }

  /** Goes on with a fresh grant. */
  renew(record: SwarmRecord): void {
    this.#record = record;
    this.#announcement.renew(record.grant);
  }

  /** Leaves the swarm: the tracker forgets us, connections and files are closed. */
  async leave(): Promise<void> {
    this.#announcement.leave();
    await this.torrent.remove();
  }

  #status(numwant: number): MemberStatus {
    const { bytesDone, bytesTotal, downloaded, uploaded } = this.torrent.progress();
    // The torrent counts padding; before the metainfo is loaded it counts nothing.
    const missing = bytesTotal === 0 ? this.#size : Math.min(this.#size, bytesTotal - bytesDone);
    const left = this.#cameComplete ? 0 : missing;
    return {
      left,
      uploaded,
      downloaded: downloaded.fromSeeders + downloaded.fromPeers + downloaded.fromOrigins,
      numwant,
    };
  }
}

function sameStatus(a: MemberStatus, b: MemberStatus): boolean {
  return a.left === b.left && a.uploaded === b.uploaded && a.downloaded === b.downloaded;
}
