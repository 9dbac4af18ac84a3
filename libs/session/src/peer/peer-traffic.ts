import { BLOCK_SIZE, HANDSHAKE_LENGTH } from '@shoal/protocol';
import type { SourceClass } from '../accounts/accounts.ts';
import { type Location, sourceClassOf } from '../accounts/source-class.ts';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { PeerClass } from '../api/peer.ts';
import type { Lane } from '../rate/lane.ts';
import { ReadPacer, type ReadPacerEvents } from '../rate/read-pacer.ts';
import type { TorrentLimiter } from '../rate/session-limiter.ts';

/** What passes between us and one peer, as the limits and the books of its torrent see it: both go by what the peer is. */
export class PeerTraffic {
  readonly #limits: TorrentLimiter;
  readonly #ledger: TrafficLedger;
  readonly #upload: Lane;
  readonly #pacer: ReadPacer;
  #peerClass: PeerClass = 'client';
  /** In whose books its bytes belong. */
  #sourceClass: SourceClass = 'client';
  /** Block bytes of the read that is being parsed. */
  #payload = 0;

  constructor(components: {
    readonly limits: TorrentLimiter;
    readonly ledger: TrafficLedger;
    /** Blocks may be sent again after {@link drain} found that none may. */
    readonly onUploadReady: () => void;
    readonly reading: ReadPacerEvents;
  }) {
    const { limits, ledger } = components;
    this.#limits = limits;
    this.#ledger = ledger;
    this.#upload = limits.createLane('upload', components.onUploadReady);
    this.#pacer = new ReadPacer((onReady) => limits.createLane('download', onReady), components.reading);
  }

  /** A stock client, until it says otherwise. */
  get peerClass(): PeerClass {
    return this.#peerClass;
  }

  /** Whether the limits let nothing be read at the moment. */
  get isPaused(): boolean {
    return this.#pacer.isPaused;
  }

  /** The peer says what and where it is. */
  setClass(peerClass: PeerClass, theirs: Location, ours: Location): void {
    this.#peerClass = peerClass;
    this.#sourceClass = sourceClassOf(peerClass, theirs, ours);
    this.#upload.setPath(this.#limits.path('upload', peerClass));
    this.#pacer.lane.setPath(this.#limits.path('download', peerClass));
  }

  /** Both have shaken hands. */
  onHandshakes(): void {
    this.#ledger.heard(HANDSHAKE_LENGTH);
    this.#ledger.said(HANDSHAKE_LENGTH);
  }

  /** Bytes of a block came, within a read. */
  onBlockBytes(bytes: number): void {
    this.#payload += bytes;
  }

  /** A block has come in whole. */
  onBlock(bytes: number): void {
    this.#ledger.received(this.#sourceClass, bytes);
  }

  /** Bytes were read, blocks included. */
  onRead(bytes: number): void {
    this.#ledger.heard(bytes - this.#payload);
    this.#pacer.onRead(this.#payload);
    this.#payload = 0;
  }

  /** A message goes out. */
  onSaid(bytes: number): void {
    this.#ledger.said(bytes);
  }

  /** The system has taken so many bytes of blocks, and what goes with them. */
  onSent(payload: number, headers: number): void {
    this.#ledger.sent(this.#sourceClass, payload);
    this.#ledger.said(headers);
  }

  /**
   * Lets blocks be sent, about so many bytes at most, as far as the limits let them.
   * @param send is told how many bytes may go, and returns how many do
   * @returns bytes that go
   */
  drain(bytes: number, send: (granted: number) => number): number {
    const granted = this.#upload.take(BLOCK_SIZE, bytes);
    if (granted === 0) return 0;
    const drained = send(granted);
    this.#upload.giveBack(granted - drained);
    return drained;
  }

  close(): void {
    this.#upload.close();
    this.#pacer.close();
  }
}
