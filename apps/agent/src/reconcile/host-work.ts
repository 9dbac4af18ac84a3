import type { Transition } from '../report/host-reports.ts';
import type { Actual } from './decide.ts';
import type { Desired } from './desired.ts';

/** What a reconciler can see and do on its host. */
export interface HostWork {
  observe(desired: Desired): Promise<Actual>;
  /**
   * Has the desired tree verified and published when it resolves.
   * @throws what kept it from that; an AbortError once `signal` fires
   */
  fetch(desired: Desired, signal: AbortSignal): Promise<void>;
  /** Makes the published tree the live one of its name. */
  activate(desired: Desired): Promise<void>;
  /** Takes note of a transition, durably. */
  report(desired: Desired, transition: Transition): Promise<void>;
}
