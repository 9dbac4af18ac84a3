import { type Rollout, RolloutState } from '@shoal/contracts';
import type { rollouts, RolloutStateName } from '@shoal/database';

const STATES: Readonly<Record<RolloutStateName, RolloutState>> = {
  running: RolloutState.ROLLOUT_STATE_RUNNING,
  completed: RolloutState.ROLLOUT_STATE_COMPLETED,
  failed: RolloutState.ROLLOUT_STATE_FAILED,
  superseded: RolloutState.ROLLOUT_STATE_SUPERSEDED,
};

/** A rollout as it travels. */
export function rolloutMessage(rollout: rollouts.RolloutView): Rollout {
  const { rolloutId, namespace, name, version, contentDigest, selector, state, size, principal } = rollout;
  const { targetCount, activatedCount, failedCount, createdAt, finishedAt, traceparent } = rollout;
  return {
    rolloutId,
    namespace,
    name,
    version,
    contentDigest,
    selector: { ...selector },
    state: STATES[state],
    targetCount,
    activatedCount,
    failedCount,
    principal,
    createdAt,
    finishedAt: finishedAt ?? undefined,
    traceId: traceIdOf(traceparent),
    size,
  };
}

/** The trace id of a W3C trace context, `version-traceid-parentid-flags`; empty where there is none. */
function traceIdOf(traceparent: string): string {
  return traceparent.split('-')[1] ?? '';
}
