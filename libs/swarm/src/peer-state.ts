import { Bitfield, type BlockRange } from '@shoal/protocol';
import type { PeerHandle } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import type { OpenPiece } from './open-piece.ts';
import { RateMeter } from './rate-meter.ts';
import { RequestWindow } from './request-window.ts';

/** A request we sent and that is not answered. */
export interface OutstandingRequest {
  readonly open: OpenPiece;
  readonly block: number;
  /** Milliseconds. */
  readonly sentAt: number;
}

/** What the core knows about one connected peer. Plain data: the rules are in the files that change it. */
export class PeerState {
  readonly handle: PeerHandle;
  /** Both ends speak the Fast extension (BEP 6). */
  readonly fast: boolean;
  /** Both ends speak v2 (BEP 52): it can be asked for hashes. */
  readonly v2: boolean;
  have: Bitfield;
  /** Whether `have` is counted in the availability; a peer that came complete is not. */
  isCounted = false;
  /** Pieces it has and we lack. */
  wanted = 0;

  amChoking = true;
  amInterested = false;
  isChoking = true;
  isInterested = false;
  /** When we last unchoked it, in milliseconds. */
  unchokedAt = 0;

  readonly window: RequestWindow;
  /** In the order sent. */
  outstanding: OutstandingRequest[] = [];
  /** Requests given up because it was too slow; their blocks are still welcome. Bounded by the window. */
  overdue: OutstandingRequest[] = [];
  /** The piece its next block is taken from. */
  current: OpenPiece | undefined;
  /** The request whose block is arriving. */
  receiving: OutstandingRequest | undefined;
  isSnubbed = false;
  /** When the last block came, or the first request was sent after a pause; milliseconds. */
  lastBlockAt: number;

  /** Its requests that we have not answered. */
  uploads: BlockRange[] = [];
  badRequests = 0;
  unwantedBlocks = 0;
  /** Pieces it took part in that failed their hash and are not settled: while there are any it is on parole. */
  readonly parole = new Set<number>();
  /** It is asked for nothing before this time, in milliseconds. */
  heldUntil = -Infinity;
  isClosing = false;

  /** Payload bytes. */
  downloaded = 0;
  uploaded = 0;
  readonly downloadRate: RateMeter;
  readonly uploadRate: RateMeter;

  constructor(
    handle: PeerHandle,
    facts: { readonly fast: boolean; readonly v2?: boolean },
    geometry: PieceGeometry,
    now: number,
  ) {
    this.handle = handle;
    this.fast = facts.fast;
    this.v2 = facts.v2 ?? false;
    this.have = Bitfield.none(geometry.pieceCount);
    this.window = new RequestWindow(geometry.blockSize);
    this.lastBlockAt = now;
    this.downloadRate = new RateMeter(now);
    this.uploadRate = new RateMeter(now);
  }
}
