import { Bitfield, type BlockRange } from '@shoal/protocol';
import type { PeerHandle } from './core-sink.ts';
import type { PieceGeometry } from './geometry.ts';
import type { OpenPiece } from './open-piece.ts';
import { RateMeter } from './rate-meter.ts';
import { PieceHints } from './piece-hints.ts';
import { RoundTrip } from './round-trip.ts';
import { RequestWindow } from './request-window.ts';
import { SendBeat } from './send-beat.ts';
import type { WasteKind } from './waste.ts';

/** What is known of a peer when its connection is up. */
export interface PeerFacts {
  /** Both ends speak the Fast extension (BEP 6). */
  readonly fast: boolean;
  /** Both ends speak v2 (BEP 52). @default false */
  readonly v2?: boolean;
  /** Pieces to grant it while it has few and is choked (BEP 6, allowed fast). @default none */
  readonly fastSet?: readonly number[];
}

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
  /** Pieces it has and we want. */
  wanted = 0;

  amChoking = true;
  amInterested = false;
  isChoking = true;
  isInterested = false;
  /** When we last unchoked it, in milliseconds. */
  unchokedAt = 0;

  readonly window: RequestWindow;
  readonly roundTrip = new RoundTrip();
  readonly beat = new SendBeat();
  /** What it said about single pieces. */
  readonly hints = new PieceHints(() => this.have);
  /** In the order sent. */
  outstanding: OutstandingRequest[] = [];
  /** Requests given up because it was too slow; their blocks are still welcome. Bounded by the window. */
  overdue: OutstandingRequest[] = [];
  /** The piece its next block is taken from. */
  current: OpenPiece | undefined;
  /** When the latest request that it answered was sent, in milliseconds: what was sent before has been passed over. */
  answeredSentAt = -Infinity;
  /** The request whose block is arriving. */
  receiving: OutstandingRequest | undefined;
  /** Why the block that is arriving is discarded, when it is. */
  discards: WasteKind = 'unwanted';
  isSnubbed = false;
  /** When the last block came, or the first request was sent after a pause; milliseconds. */
  lastBlockAt: number;

  /** Its requests that we have not answered. */
  uploads: BlockRange[] = [];
  badRequests = 0;
  /** Pieces it may ask for while it is choked, as BEP 6 draws them for its address; may be empty. */
  readonly fastSet: readonly number[];
  /** Those that we granted, and bytes asked for since. */
  readonly granted = new Map<number, number>();
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

  constructor(handle: PeerHandle, facts: PeerFacts, geometry: PieceGeometry, now: number) {
    this.handle = handle;
    this.fast = facts.fast;
    this.v2 = facts.v2 ?? false;
    this.fastSet = facts.fastSet ?? [];
    this.have = Bitfield.none(geometry.pieceCount);
    this.window = new RequestWindow(geometry.blockSize);
    this.lastBlockAt = now;
    this.downloadRate = new RateMeter(now);
    this.uploadRate = new RateMeter(now);
  }
}
