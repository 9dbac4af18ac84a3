import type { Bitfield, Metainfo, PieceLayout } from '@shoal/protocol';
import {
  type CoreSink,
  createRarestFirstPicker,
  createSeederChoker,
  createSequentialPicker,
  createTitForTatChoker,
  createTorrentCore,
  type FirstCopyBoard,
  type PieceGeometry,
  type TorrentCore,
} from '@shoal/swarm';
import type { TrafficLedger } from '../accounts/traffic-ledger.ts';
import type { PickOrder } from '../api/selection.ts';
import { createPieceTrees } from './piece-trees.ts';
import type { TorrentEnvironment } from './torrent-environment.ts';

/** What a core is to know of its torrent. */
export interface CreateCoreInit {
  readonly metainfo: Metainfo;
  readonly layout: PieceLayout;
  /** Kept and changed by the core. */
  readonly have: Bitfield;
  /** By piece; undefined for the default. */
  readonly priorities: Uint8Array | undefined;
  readonly pickOrder: PickOrder;
}

/** Makes the core of a torrent, with the policies that sessions have. */
export function createCore(
  components: {
    readonly environment: TorrentEnvironment;
    readonly sink: CoreSink;
    readonly geometry: PieceGeometry;
    readonly ledger: TrafficLedger;
    readonly board: FirstCopyBoard | undefined;
  },
  { metainfo, layout, have, priorities, pickOrder }: CreateCoreInit,
): TorrentCore {
  const { environment, sink, geometry, ledger, board } = components;
  const { clock, random, identity } = environment;
  const isSequential = pickOrder === 'sequential';
  return createTorrentCore(
    {
      clock,
      random,
      sink,
      picker: isSequential ? createSequentialPicker() : createRarestFirstPicker({ random }),
      chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
      waste: ledger.waste,
    },
    {
      geometry,
      have,
      ...(priorities && { priorities }),
      firstCopies: identity.peerClass === 'seeder',
      firstCopyBoard: board,
      trees: createPieceTrees(metainfo, layout),
    },
  );
}
