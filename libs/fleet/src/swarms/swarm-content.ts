import type { Bitfield, Metainfo } from '@shoal/protocol';
import {
  type AddTorrent,
  type DirectoryStoreComponents,
  type DirectoryStoreInit,
  openDirectoryStore,
  type Priorities,
  type SeedLimit,
  type SeedLimits,
} from '@shoal/session';
import type { SwarmRecord } from './swarm-record.ts';
import type { SwarmRecords } from './swarm-records.ts';

/** Where the bytes of a swarm are. */
export interface SwarmContent {
  readonly store: DirectoryStoreComponents;
  /** The tree at the time it is opened. */
  readonly tree: () => Promise<Omit<DirectoryStoreInit, 'metainfo'>>;
  /** Verified, durable pieces to start with. */
  readonly have: 'none' | 'all' | Bitfield;
  /** File that keeps the durable pieces across restarts; none is written when absent. */
  readonly resumePath?: string;
  /** Bytes of {@link have} that were on this host. @default 0 */
  readonly reusedBytes?: number;
  /** When to leave the swarm. @default never */
  readonly seedLimits?: SeedLimits;
  /** Called when the swarm is left for that. */
  readonly onSeedLimit?: (limit: SeedLimit) => void;
  /** Root of a tree that stays where it is: event loops of the session open it themselves. */
  readonly servedRoot?: string;
  /** @default everything is wanted */
  readonly priorities?: Priorities;
  /** URLs of web seeds (BEP 19), asked while no peer sends anything. */
  readonly webSeeds?: readonly string[];
}

/** A swarm as the session takes it. The metainfo is read from disk when a peer comes, and let go when the last one left. */
export function torrentOf(records: SwarmRecords, record: SwarmRecord, content: SwarmContent): AddTorrent {
  const {
    store,
    tree,
    have,
    resumePath,
    reusedBytes = 0,
    seedLimits,
    servedRoot,
    priorities,
    webSeeds,
  } = content;
  // The session loads first and opens the store next: one read of the file serves both.
  let loaded: Promise<Metainfo> | undefined;
  return {
    hashes: {
      ...(record.infoHashV1 !== undefined && { v1: fromHex(record.infoHashV1) }),
      ...(record.infoHashV2 !== undefined && { v2: fromHex(record.infoHashV2) }),
      ...(record.infoHashLenient !== undefined && { aliases: [fromHex(record.infoHashLenient)] }),
    },
    load: () => (loaded = records.metainfo(record.key)),
    openStore: async () => {
      const metainfo = await (loaded ?? records.metainfo(record.key));
      loaded = undefined;
      return await openDirectoryStore(store, { metainfo, ...(await tree()) });
    },
    private: record.private,
    have,
    reusedBytes,
    ...(seedLimits && { seedLimits }),
    ledgerPath: records.ledgerPath(record.key),
    ...(resumePath !== undefined && { resumePath }),
    ...(priorities && { priorities }),
    ...(webSeeds && { webSeeds }),
    ...(servedRoot !== undefined && {
      tree: { metainfoPath: records.metainfoPath(record.key), root: servedRoot },
    }),
  };
}

function fromHex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, 'hex'));
}
