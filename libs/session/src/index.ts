// ports
export type { ContentStore } from './ports/content-store.ts';
export type { PeerListener, PeerStream, PeerStreamHandler, PeerTransport } from './ports/peer-transport.ts';
export type { TransportAddress } from './ports/peer-transport.ts';
export { StoreError } from './ports/store-error.ts';
export type { StoreErrorCode } from './ports/store-error.ts';

// session
export type {
  AddTorrent,
  PeerAddress,
  PeerClass,
  PeerSnapshot,
  Session,
  SessionComponents,
  SessionInit,
  SessionLogger,
  Torrent,
  TorrentHashes,
  TorrentProgress,
  TorrentState,
  WhenCompleteOptions,
} from './api.ts';
