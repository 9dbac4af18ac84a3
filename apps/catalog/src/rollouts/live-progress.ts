import { HostReport, type RolloutTarget, TargetState } from '@shoal/contracts';
import { type EventBus, progressSubject, type Subscription } from '@shoal/messaging';
import type { RolloutTargetRow, TargetStateName } from '@shoal/database';

/** States in which a host's progress is news; what comes later in a target's life was reported durably. */
const MOVING: readonly TargetStateName[] = ['pending', 'fetching'];

/**
 * The progress that the hosts of one rollout tell on the bus while they fetch: the latest of each host, until it is taken.
 * It is never stored. One entry a target at most, whatever comes on the bus.
 */
export class LiveProgress {
  readonly #moving = new Set<string>();
  #latest = new Map<string, RolloutTarget>();

  /** Takes note of a target as it is stored. */
  stored({ hostId, state }: RolloutTargetRow): void {
    if (MOVING.includes(state)) {
      this.#moving.add(hostId);
    } else {
      this.#moving.delete(hostId);
      this.#latest.delete(hostId);
    }
  }

  /** Takes note of a message of the bus. Returns whether it is news. */
  heard(payload: Uint8Array): boolean {
    const report = decode(payload);
    if (report?.target?.transfer === undefined || !this.#moving.has(report.hostId)) return false;
    const { hostId, target } = report;
    const state = TargetState.TARGET_STATE_FETCHING;
    const { transfer, updatedAt } = target;
    const nothing = { errorCode: '', errorMessage: '', verifiedDigest: new Uint8Array() };
    this.#latest.set(hostId, { hostId, state, transfer, updatedAt, ...nothing });
    return true;
  }

  /** The hosts whose progress has come since the last call, in parts of `limit`. */
  *take(limit: number): Generator<RolloutTarget[]> {
    const taken = [...this.#latest.values()];
    this.#latest = new Map();
    for (let start = 0; start < taken.length; start += limit) yield taken.slice(start, start + limit);
  }
}

/** Subscribes to the progress of a rollout; `onNews` is called when there is something to take. */
export function followProgress(
  bus: EventBus,
  { namespace, rolloutId }: { readonly namespace: string; readonly rolloutId: string },
  progress: LiveProgress,
  onNews: () => void,
): Subscription {
  return bus.subscribe(progressSubject(namespace, rolloutId), ({ payload }) => {
    if (progress.heard(payload)) onNews();
  });
}

/** What is no report is nobody's progress. */
function decode(payload: Uint8Array): HostReport | undefined {
  try {
    return HostReport.decode(payload);
  } catch {
    return undefined;
  }
}
