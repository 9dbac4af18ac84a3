import { type HostReport, RolloutTarget, type TargetState, TransferReport } from '@shoal/contracts';
import { digestBytes } from '@shoal/fleet';
import type { Desired } from '../reconcile/desired.ts';

/** Who reports. */
export interface HostIdentity {
  readonly namespace: string;
  readonly hostId: string;
}

/** What is reported about a directive. */
export interface Transition {
  readonly state: TargetState;
  readonly transfer?: TransferReport | undefined;
  /** Whether this host has verified the desired content. */
  readonly verified?: boolean;
  readonly errorCode?: string;
  readonly errorMessage?: string;
}

/** A host's report on a directive; `traceparent` is that of the work it reports. */
export function hostReport(
  host: HostIdentity,
  desired: Desired,
  transition: Transition,
  when: { readonly now: number; readonly traceparent: string },
): HostReport {
  const target = RolloutTarget.fromPartial({
    hostId: host.hostId,
    state: transition.state,
    transfer: transition.transfer ?? TransferReport.fromPartial({}),
    errorCode: transition.errorCode ?? '',
    errorMessage: transition.errorMessage ?? '',
    updatedAt: new Date(when.now),
    verifiedDigest: transition.verified === true ? digestBytes(desired.contentDigest) : new Uint8Array(),
  });
  return {
    namespace: host.namespace,
    hostId: host.hostId,
    revision: desired.revision,
    rolloutId: desired.rolloutId,
    name: desired.name,
    traceparent: when.traceparent,
    target,
  };
}

/** Names a report on the bus, so that one sent twice is stored once. A host that tries again makes new ones. */
export function reportMessageId(report: HostReport): string {
  return `${transitionOf(report)}:${report.target?.updatedAt?.getTime() ?? 0}`;
}

/** Whether two reports of one host say the same, whenever they were made. */
export function sameTransition(a: HostReport, b: HostReport): boolean {
  return transitionOf(a) === transitionOf(b);
}

/** Failures of other kinds are other transitions. */
function transitionOf({ namespace, hostId, revision, name, target }: HostReport): string {
  const state = String(target?.state ?? 0);
  return [namespace, hostId, name, String(revision), state, target?.errorCode ?? ''].join(':');
}

/** The report, made later than the one before it also where the host's clock went back: readers go by the time. */
export function inOrder(report: HostReport, before: HostReport | undefined): HostReport {
  const { target } = report;
  const last = before?.target?.updatedAt?.getTime() ?? 0;
  if (target?.updatedAt === undefined || target.updatedAt.getTime() > last) return report;
  return { ...report, target: { ...target, updatedAt: new Date(last + 1) } };
}
