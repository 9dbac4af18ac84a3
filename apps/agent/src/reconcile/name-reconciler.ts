import { TargetState } from '@shoal/contracts';
import { pause, type UnitRandom } from '@shoal/fleet';
import { backoffMs, type Clock, type Logger, type Telemetry, withSpan } from '@shoal/service';
import { RECONCILE_BACKOFF } from '../constants.ts';
import { failureOf } from '../report/failure.ts';
import { judge, nextStep, type Step } from './decide.ts';
import type { Desired } from './desired.ts';
import type { HostWork } from './host-work.ts';
import { Superseded } from './superseded.ts';

/** Collaborators of a {@link NameReconciler}. */
export interface ReconcilerComponents {
  readonly work: HostWork;
  readonly clock: Clock;
  readonly random: UnitRandom;
  readonly logger: Logger;
  readonly telemetry: Telemetry;
}

/**
 * Brings the host towards the directive of one artifact name, again and again until it is there. It looks at what is, not
 * at what it did before: a tree that was deleted or a link that was moved by hand is put right at the next look.
 */
export class NameReconciler {
  readonly #components: ReconcilerComponents;
  #desired: Desired | undefined;
  /** The directive the host was last seen to be done with. */
  #settled: Desired | undefined;
  #running: Promise<void> | undefined;
  /** Ends the work on content that is not wanted any more. */
  #attempt = new AbortController();
  /** Ends the pause after a failure. */
  #wake = new AbortController();
  #stopped = false;

  constructor(components: ReconcilerComponents) {
    this.#components = components;
  }

  /** The directive the host is done with; `undefined` while there is work. */
  get settled(): Desired | undefined {
    return this.#settled === this.#desired ? this.#settled : undefined;
  }

  /** Takes a directive that arrived. Returns whether it is a new one; lower revisions are ignored. */
  follow(arrived: Desired): boolean {
    const verdict = judge(this.#desired, arrived);
    if (verdict === 'stale' || this.#stopped) return false;
    if (verdict === 'replaced') this.#attempt.abort(new Superseded());
    if (verdict !== 'known') {
      this.#desired = arrived;
      this.#wake.abort();
    }
    this.#running ??= this.#run();
    return verdict !== 'known';
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#attempt.abort();
    this.#wake.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let failures = 0;
    let last: Desired | undefined;
    for (let desired = this.#desired; desired !== undefined && !this.#stopped; desired = this.#desired) {
      if (desired !== last) failures = 0;
      last = desired;
      this.#attempt = new AbortController();
      const done = await this.#attemptOnce(desired, this.#attempt.signal);
      if (done && desired === this.#desired) break;
      if (!done && desired === this.#desired) await this.#pauseAfter((failures += 1));
    }
    this.#running = undefined;
  }

  /** Whether the host has what `desired` says. Failures are reported, not raised. */
  async #attemptOnce(desired: Desired, signal: AbortSignal): Promise<boolean> {
    const { telemetry, logger, work } = this.#components;
    const parent = telemetry.contextOf({ traceparent: desired.traceparent });
    const attributes = { 'shoal.name': desired.name, 'shoal.version': desired.version };
    try {
      // A look at a host that is as it should be leaves no trace.
      if (desired === this.#settled && (await this.#nextStep(desired)) === 'settled') return true;
      await withSpan(telemetry, 'reconcile', { parent, attributes }, () => this.#converge(desired, signal));
      this.#settled = desired;
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      const { code, message } = failureOf(error);
      logger.warn(
        { err: error, name: desired.name, version: desired.version },
        'could not follow a directive; trying again',
      );
      const failed = { state: TargetState.TARGET_STATE_FAILED, errorCode: code, errorMessage: message };
      await work.report(desired, failed).catch((cause: unknown) => {
        logger.error({ err: cause, name: desired.name }, 'could not keep a report');
      });
      return false;
    }
  }

  async #converge(desired: Desired, signal: AbortSignal): Promise<void> {
    const { work } = this.#components;
    for (;;) {
      signal.throwIfAborted();
      const step = await this.#nextStep(desired);
      if (step === 'fetch') {
        await work.report(desired, { state: TargetState.TARGET_STATE_FETCHING });
        await work.fetch(desired, signal);
        await work.report(desired, { state: TargetState.TARGET_STATE_FETCHED, verified: true });
      } else if (step === 'activate') {
        await work.activate(desired);
      } else {
        await work.report(desired, { state: finalState(desired), verified: true });
        return;
      }
    }
  }

  async #nextStep(desired: Desired): Promise<Step> {
    return nextStep(desired, await this.#components.work.observe(desired));
  }

  async #pauseAfter(failures: number): Promise<void> {
    const { clock, random } = this.#components;
    this.#wake = new AbortController();
    if (this.#stopped) return;
    await pause(clock, backoffMs(failures, { ...RECONCILE_BACKOFF, random }), this.#wake.signal);
  }
}

function finalState(desired: Desired): TargetState {
  return desired.phase === 'activate' ? TargetState.TARGET_STATE_ACTIVATED : TargetState.TARGET_STATE_FETCHED;
}
