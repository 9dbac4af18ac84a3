import type { PeerAddress } from './api/peer.ts';
import type { SessionComponents } from './api/session.ts';
import { createSavedLedgers } from './accounts/saved-ledgers.ts';
import { TrafficLedger } from './accounts/traffic-ledger.ts';
import { BufferPool } from './buffer-pool.ts';
import { DEFAULT_BUFFER_BUDGET } from './constants.ts';
import type { LoopSessionInit } from './loops/loop-session.ts';
import { SendBudget } from './send-budget.ts';
import type { TorrentEnvironment } from './torrent/torrent-environment.ts';
import { OriginBudget } from './web-seed/origin-budget.ts';

/** Makes what the torrents of a session share. It listens at `address`, and is called `peerId`. */
export function createEnvironment(
  components: Required<Pick<SessionComponents, 'clock' | 'random' | 'logger' | 'schedule'>>,
  init: LoopSessionInit,
  { address, peerId }: { readonly address: PeerAddress; readonly peerId: Uint8Array },
): TorrentEnvironment {
  const { clock, random, logger, schedule } = components;
  return {
    clock,
    random,
    logger,
    buffers: new BufferPool(init.bufferBudgetBytes ?? DEFAULT_BUFFER_BUDGET),
    sending: new SendBudget(),
    ledger: new TrafficLedger(),
    savedLedgers: createSavedLedgers({ schedule, logger }),
    connections: { count: 0 },
    origins: new OriginBudget(init.originAuthorities),
    allowsEncryption: init.encryption !== 'off',
    peerId,
    identity: {
      peerClass: init.peerClass,
      location: init.location,
      client: `Shoal ${init.clientVersion}`,
      port: address.port,
    },
  };
}
