// ports
export type { ContentStore, LentBytes } from './ports/content-store.ts';
export type { PeerListener, PeerStream, PeerStreamHandler, PeerTransport } from './ports/peer-transport.ts';
export type { TransportAddress } from './ports/peer-transport.ts';
export { StoreError } from './ports/store-error.ts';
export type { StoreErrorCode } from './ports/store-error.ts';

// session
export type { AddTorrent, ServedTree } from './api/add-torrent.ts';
export type { BannedPeer, PeerAddress, PeerClass, PeerSnapshot } from './api/peer.ts';
export { PRIORITY_OF_LEVEL } from './api/selection.ts';
export type { PickOrder, Priorities, Priority } from './api/selection.ts';
export type { EncryptionPolicy, Session, SessionComponents, SessionInit } from './api/session.ts';
export type { SessionLogger } from './api/session-logger.ts';
export type { Torrent, TorrentProgress, TorrentState, WhenCompleteOptions } from './api/torrent.ts';
export type { TorrentHashes } from './api/torrent-hashes.ts';

export type {
  FetchedMetadata,
  FetchMetadata,
  MetadataFetch,
  MetadataProgress,
  WhenFetchedOptions,
} from './metadata/metadata-fetch.ts';

// readers
export type { FileReader, OpenReaderOptions } from './reader/file-reader.ts';
export { streamOf } from './reader/file-stream.ts';
export { ReaderError, type ReaderErrorCode } from './reader/reader-error.ts';

// books
export { NO_ACCOUNTS, ratioOf, SOURCE_CLASSES, sumOf, usefulBytes } from './accounts/accounts.ts';
export type { Accounts } from './accounts/accounts.ts';
export type { EncryptedHandshakes } from './encryption/handshake-counts.ts';
export type { SeedLimit, SeedLimits } from './accounts/seed-limit-policy.ts';
export { LedgerFile, type LedgerState } from './accounts/ledger-file.ts';

// limits
export { MIN_RATE_LIMIT } from './constants.ts';
export { RateLimitError, type RateLimits, type SessionLimits } from './rate/rate-limits.ts';
export type { Schedule } from './system.ts';

// storage
export { createHashPool, type HashPool, type HashPoolInit } from './storage/hash-pool.ts';
export { OpenFiles } from './storage/open-files.ts';
export { SpanCache } from './storage/span-cache.ts';
export {
  type DirectoryStoreComponents,
  type DirectoryStoreInit,
  openDirectoryStore,
} from './storage/directory-store.ts';
export { asidePath } from './storage/file-placement.ts';
export { removeDurably, syncDirectory, writeFileAtomic } from './storage/durable-files.ts';
export { mergeTree, publishTree, removeTree, syncTree } from './storage/publish-tree.ts';
export { TreeError, type TreeErrorCode } from './storage/tree-error.ts';
export { scanTree, type ScannedTree } from './storage/scan-tree.ts';
export { hashTree, type HashTreeOptions, hashV1Pieces } from './storage/hash-tree.ts';
export type { HashedTree, HashProfile } from './storage/tree-digests.ts';
export { createTorrent, type CreateTorrentInit } from './storage/create-torrent.ts';
export { changedSince } from './storage/changed-since.ts';
export {
  type EntryFault,
  inspectTree,
  type InspectTreeOptions,
  type TreeInspection,
} from './storage/inspect-tree.ts';
export { mendTree } from './storage/mend-tree.ts';
export { beginTreeRepair, type RepairTreeInit, type TreeRepair } from './storage/repair-tree.ts';
export type { RepairedFiles } from './storage/file-placement.ts';
export { type TreeDifferences, verifyTree, type VerifyTreeOptions } from './storage/verify-tree.ts';
export { reuseFiles, type ReuseFilesInit } from './storage/reuse-files.ts';
export { readTree } from './storage/read-tree.ts';
export { openStreamIngest, type StreamIngest, type StreamIngestInit } from './storage/stream-ingest.ts';
export { IngestError, type IngestErrorCode } from './storage/ingest-error.ts';
export { isStall, TorrentError } from './errors.ts';
export type { TorrentErrorCode } from './errors.ts';
export { createSession } from './session.ts';
export { LocalDiscoveryError } from './lsd/multicast-link.ts';
export { LoopError, type LoopErrorCode } from './loops/loop-error.ts';
export { MAX_LOOPS } from './loops/constants.ts';
export { hashesOf } from './torrent/wire-hashes.ts';

// announce
export type { AnnounceOptions } from './announce/announce-options.ts';
export { announceOverHttp } from './announce/http-announce.ts';
export {
  type Announcer,
  type AnnouncerComponents,
  type AnnouncerInit,
  createAnnouncer,
} from './announce/announcer.ts';
export { AnnounceError, type AnnounceErrorCode } from './announce/announce-error.ts';
