import { type RolloutTarget, TargetState, type TransferReport } from '@shoal/contracts';
import { invalid } from '../requests/check-names.ts';
import type { RolloutTargetRow, TargetStateName, TransferColumn } from '@shoal/database';

const STATES: Readonly<Record<TargetStateName, TargetState>> = {
  pending: TargetState.TARGET_STATE_PENDING,
  fetching: TargetState.TARGET_STATE_FETCHING,
  fetched: TargetState.TARGET_STATE_FETCHED,
  activated: TargetState.TARGET_STATE_ACTIVATED,
  failed: TargetState.TARGET_STATE_FAILED,
  superseded: TargetState.TARGET_STATE_SUPERSEDED,
};

/**
 * The state as the database names it.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST for a number that names none
 */
export function targetStateName(state: TargetState): TargetStateName {
  const name = (Object.keys(STATES) as TargetStateName[]).find((key) => STATES[key] === state);
  if (name === undefined) throw invalid('target_states', `${state}, which names no state`);
  return name;
}

/** A target as it travels. */
export function targetMessage(row: RolloutTargetRow): RolloutTarget {
  return {
    hostId: row.hostId,
    state: STATES[row.state],
    transfer: row.transfer === null ? undefined : transferMessage(row.transfer),
    errorCode: row.errorCode,
    errorMessage: row.errorMessage,
    updatedAt: row.updatedAt,
    verifiedDigest: row.verifiedDigest ?? new Uint8Array(),
  };
}

function transferMessage(column: TransferColumn): TransferReport {
  return {
    bytesDone: BigInt(column.bytesDone),
    bytesFromSeeders: BigInt(column.bytesFromSeeders),
    bytesFromPeers: BigInt(column.bytesFromPeers),
    bytesFromOrigins: BigInt(column.bytesFromOrigins ?? 0),
    bytesUploaded: BigInt(column.bytesUploaded),
    bytesWasted: BigInt(column.bytesWasted),
    bytesReused: BigInt(column.bytesReused ?? 0),
    rate: BigInt(column.rate),
    elapsedMillis: BigInt(column.elapsedMillis),
    peers: column.peers,
    bytesTotal: BigInt(column.bytesTotal),
  };
}

/** A transfer as the database keeps it. */
export function transferColumn(transfer: TransferReport): TransferColumn {
  return {
    bytesDone: transfer.bytesDone.toString(),
    bytesFromSeeders: transfer.bytesFromSeeders.toString(),
    bytesFromPeers: transfer.bytesFromPeers.toString(),
    bytesFromOrigins: transfer.bytesFromOrigins.toString(),
    bytesUploaded: transfer.bytesUploaded.toString(),
    bytesWasted: transfer.bytesWasted.toString(),
    bytesReused: transfer.bytesReused.toString(),
    rate: transfer.rate.toString(),
    elapsedMillis: transfer.elapsedMillis.toString(),
    peers: transfer.peers,
    bytesTotal: transfer.bytesTotal.toString(),
  };
}
