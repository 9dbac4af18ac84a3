import { type HostReport, type RolloutTarget, TargetState } from '@shoal/contracts';
import type { rolloutTargets } from '@shoal/database';
import { MAX_ERROR_MESSAGE } from '../constants.ts';
import { checkDigest } from '../requests/digests.ts';
import { checkHostId, checkId, checkNamespace, checkText, invalid } from '../requests/check-names.ts';
import { checkRevision } from '../requests/int8.ts';
import { transferColumn } from '../rollouts/target-message.ts';

type ReportedState = rolloutTargets.TargetReport['state'];

/** What a host can say of itself; PENDING and SUPERSEDED are for the catalog to say. */
const STATES: Readonly<Partial<Record<TargetState, ReportedState>>> = {
  [TargetState.TARGET_STATE_FETCHING]: 'fetching',
  [TargetState.TARGET_STATE_FETCHED]: 'fetched',
  [TargetState.TARGET_STATE_ACTIVATED]: 'activated',
  [TargetState.TARGET_STATE_FAILED]: 'failed',
};

/**
 * Reads a host's report.
 * @throws CatalogError SHOAL_CATALOG_INVALID_REQUEST when it is nothing that could be stored
 */
export function readReport(report: HostReport | undefined): rolloutTargets.TargetReport {
  const target = report?.target;
  if (report === undefined || target === undefined) throw invalid('report', 'empty');
  const { namespace, rolloutId, hostId, revision } = report;
  checkNamespace(namespace);
  checkId('rollout_id', rolloutId);
  checkHostId(hostId);
  checkRevision(revision);
  checkText('error_code', target.errorCode);
  return {
    namespace,
    rolloutId,
    hostId,
    revision,
    state: stateOf(target),
    transfer: target.transfer === undefined ? null : transferColumn(target.transfer),
    errorCode: target.errorCode,
    errorMessage: plainText(target.errorMessage),
    verifiedDigest: digestOf(target),
    reportedAt: momentOf(target),
  };
}

function stateOf({ state }: RolloutTarget): ReportedState {
  const known = STATES[state];
  if (known === undefined) throw invalid('state', `${state}, which no host can be in`);
  return known;
}

function digestOf({ verifiedDigest }: RolloutTarget): Uint8Array | null {
  if (verifiedDigest.length === 0) return null;
  checkDigest('verified_digest', verifiedDigest);
  return verifiedDigest;
}

function momentOf({ updatedAt }: RolloutTarget): Date {
  if (updatedAt === undefined || Number.isNaN(updatedAt.getTime())) throw invalid('updated_at', 'no moment');
  return updatedAt;
}

/** Messages come from anywhere on the host: they are cut and cleaned rather than refused. */
function plainText(message: string): string {
  return message
    .slice(0, MAX_ERROR_MESSAGE)
    .replaceAll(/\p{Cc}/gu, ' ')
    .toWellFormed();
}
