import type { Bitfield } from '@shoal/protocol';
import type { ChokerPolicies } from './choker.ts';
import type { Clock } from './clock.ts';
import type { CoreSink } from './core-sink.ts';
import type { FirstCopyBoard } from './first-copy-board.ts';
import type { PieceGeometry } from './geometry.ts';
import type { PickerPolicy } from './picker-policy.ts';
import type { PieceTrees } from './piece-tree.ts';
import type { Random } from './random.ts';
import type { Waste } from './waste.ts';

/** Collaborators of a core. Policies may keep state: make new ones for each core. */
export interface TorrentCoreComponents {
  readonly clock: Clock;
  readonly random: Random;
  readonly sink: CoreSink;
  readonly picker: PickerPolicy;
  readonly chokers: ChokerPolicies;
  /** Where payload that came in vain is counted. @default one of the core's own */
  readonly waste?: Waste;
}

export interface TorrentCoreInit {
  readonly geometry: PieceGeometry;
  /** Pieces verified already. The core keeps and changes it. */
  readonly have: Bitfield;
  /** As for `TorrentCore.setPriorities`. */
  readonly priorities?: Uint8Array;
  /** The Merkle trees of a v2 torrent; without them the senders of bad blocks are found by comparison. */
  readonly trees?: PieceTrees;
  /** Whether each piece is sent to one peer alone before any is sent twice; for a torrent's own seeders. @default false */
  readonly firstCopies?: boolean;
  /** Where cores of one seeder share which pieces are out. @default a board of its own */
  readonly firstCopyBoard?: FirstCopyBoard | undefined;
  /** Peers that are sent to at once. @default UPLOAD_SLOTS */
  readonly uploadSlots?: number;
}
