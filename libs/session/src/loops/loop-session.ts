import type { OtherLoops } from '../accounts/torrent-ledger.ts';
import type { AddTorrent } from '../api/add-torrent.ts';
import type { Session, SessionInit } from '../api/session.ts';
import type { Torrent } from '../api/torrent.ts';
import type { BoardMemory } from './board-memory.ts';

/** A session on one event loop, which may be one of several that answer to one name. */
export interface LoopSessionInit extends SessionInit {
  /** 20 bytes. @default a random one */
  readonly peerId?: Uint8Array;
  /** Where encrypted handshakes are counted, of a `HandshakeCounts`. @default the loop counts its own */
  readonly handshakeMemory?: SharedArrayBuffer;
}

/** A torrent on one event loop, which others may serve too. */
export interface AddLoopTorrent extends AddTorrent {
  /** @default the loop shares nothing */
  readonly board?: BoardMemory;
  /** @default there are none */
  readonly others?: OtherLoops;
}

/** A session on one event loop. */
export interface LoopSession extends Session {
  add(options: AddLoopTorrent): Torrent;
}
