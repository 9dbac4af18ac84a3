import { beginTreeRepair, type DirectoryStoreComponents, isStall, type TreeRepair } from '@shoal/session';
import { createPieceLayout, type Metainfo } from '@shoal/protocol';
import { FleetError } from '../errors.ts';
import type { SwarmMember } from '../swarms/swarm-member.ts';
import type { SwarmMembers } from '../swarms/swarm-members.ts';
import type { SwarmRecord } from '../swarms/swarm-record.ts';
import type { SwarmRecords } from '../swarms/swarm-records.ts';
import { REPAIR_STALL_MS, SCRUB_BACKOFF } from './constants.ts';
import type { Pace } from './pace.ts';

/** Collaborators of {@link repairContent}. */
export interface RepairContentComponents {
  readonly members: SwarmMembers;
  readonly records: SwarmRecords;
  readonly store: DirectoryStoreComponents;
  readonly pace: Pace;
}

/** What of a tree to repair. */
export interface RepairFilesInit {
  /** Indexes of files. */
  readonly damaged: readonly number[];
  /** Called whenever it comes to a stop for now; it goes on. */
  readonly onTrouble: (error: unknown) => void;
  readonly signal: AbortSignal;
}

export interface RepairContentInit extends RepairFilesInit {
  /** The swarm that the missing pieces are fetched from. */
  readonly record: SwarmRecord;
  readonly root: string;
  readonly scratch: string;
}

/** What a repair took. */
export interface RepairedContent {
  /** Files that were replaced. */
  readonly files: number;
  /** Bytes of the pieces that came from the swarm. */
  readonly fetchedBytes: number;
}

/**
 * Makes damaged files of a published tree anew, with pieces from the swarm, which may take as long as it likes to send them. No torrent of the
 * content may be in the session when it is called, nor is one when it is done. Meanwhile the swarm gets the pieces that are sound.
 * @throws StoreError; TorrentError; the signal's reason
 */
export async function repairContent(
  components: RepairContentComponents,
  init: RepairContentInit,
): Promise<RepairedContent> {
  try {
    return await repair(components, init);
  } catch (error) {
    await components.members.leave(init.record.key);
    throw error;
  }
}

async function repair(
  { members, records, store, pace }: RepairContentComponents,
  { record, root, scratch, damaged, onTrouble, signal }: RepairContentInit,
): Promise<RepairedContent> {
  const metainfo = await records.metainfo(record.key);
  const begun = await beginTreeRepair(store.pool, {
    metainfo,
    root,
    scratch,
    damaged,
    pace: (bytes) => pace.pass(bytes, signal),
    signal,
  });
  const { repaired } = begun;
  const fetchedBytes = missingBytes(begun, metainfo);
  if (!begun.have.isComplete) {
    const tree = { root, create: false, repaired };
    const member = members.join(record, { store, have: begun.have, tree: () => Promise.resolve(tree) });
    await whenFetched(member, onTrouble, signal);
    // Nobody reads the new files at their old place when they are moved.
    await members.leave(record.key);
  }
  await begun.commit();
  return { files: repaired.indexes.size, fetchedBytes };
}

/** Waits for the missing pieces, however long it takes: a peer that has them may come any time. */
async function whenFetched(
  { torrent, record }: SwarmMember,
  onTrouble: (error: unknown) => void,
  signal: AbortSignal,
): Promise<void> {
  for (let noProgressMs = REPAIR_STALL_MS; ; noProgressMs = Math.min(2 * noProgressMs, SCRUB_BACKOFF.maxMs)) {
    try {
      await torrent.whenComplete({ signal, noProgressMs });
      return;
    } catch (error) {
      if (!isStall(error)) throw error;
      const { peers } = torrent.progress();
      const message = `no peer of ${record.name} sent the missing pieces for ${noProgressMs} ms; ${peers} peers are connected`;
      onTrouble(new FleetError('SHOAL_FLEET_DAMAGED', message, { cause: error }));
    }
  }
}

function missingBytes({ have }: TreeRepair, metainfo: Metainfo): number {
  const layout = createPieceLayout(metainfo);
  let bytes = 0;
  for (let piece = 0; piece < layout.pieceCount; piece += 1)
    if (!have.has(piece)) bytes += layout.pieceSize(piece);
  return bytes;
}
