import { HostReport, TargetState, type TransferReport } from '@shoal/contracts';
import { pause } from '@shoal/fleet';
import { type EventBus, progressSubject } from '@shoal/messaging';
import type { Clock } from '@shoal/service';
import { PROGRESS_INTERVAL_MS } from '../constants.ts';
import type { Desired } from '../reconcile/desired.ts';
import { type HostIdentity, hostReport } from './host-reports.ts';

/** Collaborators of a {@link ProgressFeed}. */
export interface ProgressFeedComponents {
  readonly bus: EventBus | undefined;
  readonly clock: Clock;
}

/** Tells the bus how fetches of rollouts are getting on. Lost messages do no harm: the next one says more. */
export interface ProgressFeed {
  /** Publishes what `transfer` says, several times a second, until `signal` fires. */
  follow(desired: Desired, transfer: () => TransferReport | undefined, signal: AbortSignal): Promise<void>;
}

export function createProgressFeed({ bus, clock }: ProgressFeedComponents, host: HostIdentity): ProgressFeed {
  async function publish(desired: Desired, transfer: TransferReport): Promise<void> {
    if (bus?.connected !== true) return;
    const { traceparent } = desired;
    const when = { now: clock.now(), traceparent };
    const report = hostReport(host, desired, { state: TargetState.TARGET_STATE_FETCHING, transfer }, when);
    const subject = progressSubject(host.namespace, desired.rolloutId);
    await bus.publish(subject, HostReport.encode(report).finish()).catch(() => undefined);
  }
  return {
    async follow(desired, transfer, signal) {
      if (desired.rolloutId === '') return;
      while (!signal.aborted) {
        await pause(clock, PROGRESS_INTERVAL_MS, signal);
        const current = transfer();
        if (current !== undefined) await publish(desired, current);
      }
    },
  };
}
