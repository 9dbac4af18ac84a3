import { BLOCK_SIZE } from '@shoal/protocol';
import type { Clock } from './clock.ts';
import type { CoreSink } from './core-sink.ts';
import type { PickerPolicy } from './picker-policy.ts';
import { createSeededRandom } from './random.ts';
import { createRarestFirstPicker } from './rarest-first-picker-policy.ts';
import { createSeederChoker } from './seeder-choker-policy.ts';
import { createTitForTatChoker } from './tit-for-tat-choker-policy.ts';
import { createTorrentCore, type TorrentCore } from './torrent-core.ts';
import type { TorrentCoreInit } from './torrent-core-init.ts';

/** A torrent with pieces of one size. */
export interface TestCoreInit extends Omit<TorrentCoreInit, 'geometry'> {
  readonly seed: number;
  /** Bytes. */
  readonly pieceSize: number;
  /** Bytes before the padding. @default the piece's size */
  readonly payloadSize?: (piece: number) => number;
}

/** A core with the policies that sessions have, of a torrent with pieces of one size. For tests. */
export function createTestCore(
  components: { readonly clock: Clock; readonly sink: CoreSink; readonly picker?: PickerPolicy },
  init: TestCoreInit,
): TorrentCore {
  const { clock, sink } = components;
  const { seed, pieceSize, payloadSize = () => pieceSize, ...rest } = init;
  const random = createSeededRandom(seed);
  return createTorrentCore(
    {
      clock,
      random,
      sink,
      picker: components.picker ?? createRarestFirstPicker({ random }),
      chokers: { leeching: createTitForTatChoker({ random }), seeding: createSeederChoker() },
    },
    {
      ...rest,
      geometry: {
        pieceCount: init.have.size,
        blockSize: BLOCK_SIZE,
        pieceSize: () => pieceSize,
        payloadSize,
        servedSize: () => pieceSize,
      },
    },
  );
}
