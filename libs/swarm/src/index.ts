// environment
export type { Clock } from './clock.ts';
export { createSeededRandom } from './random.ts';
export type { Random } from './random.ts';

// rate limits
export { TokenBucket } from './token-bucket.ts';

// torrent core
export { DEFAULT_PRIORITY, MAX_PRIORITY, MAX_QUEUED_REQUESTS, TICK_INTERVAL } from './constants.ts';
export { FirstCopyBoard, MAX_BOARD_OWNERS } from './first-copy-board.ts';
export type { CloseReason, CoreSink, PeerHandle, Slot } from './core-sink.ts';
export type { PieceGeometry } from './geometry.ts';
export type { PieceTree, PieceTrees } from './piece-tree.ts';
export { createTorrentCore } from './torrent-core.ts';
export type { PeerFigures } from './peer-figures.ts';
export type { TorrentCore } from './torrent-core.ts';
export type { TorrentCoreComponents, TorrentCoreInit } from './torrent-core-init.ts';
export { Waste, WASTE_KINDS, type WasteKind } from './waste.ts';

// policies
export type { ChokerCandidate, ChokerPolicy } from './choker-policy.ts';
export type { Availability } from './availability.ts';
export type { PeerFacts } from './peer-state.ts';
export type { PickerPolicy } from './picker-policy.ts';
export { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
export { createSequentialPicker } from './sequential-picker-policy.ts';
export { createSeederChoker } from './seeder-choker-policy.ts';
export { createTitForTatChoker } from './tit-for-tat-choker-policy.ts';
export { POLICIES, type PolicyFactory, type PolicyRegistry } from './policy-registry.ts';
