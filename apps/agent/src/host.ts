import { TargetState } from '@shoal/contracts';
import { type Clock, type Telemetry, withSpan } from '@shoal/service';
import type { Fetcher } from './fetch/fetcher.ts';
import { heldReport } from './fetch/transfer-report.ts';
import type { Actual } from './reconcile/decide.ts';
import type { Desired } from './reconcile/desired.ts';
import type { HostWork } from './reconcile/host-work.ts';
import { type HostIdentity, hostReport, type Transition } from './report/host-reports.ts';
import type { ProgressFeed } from './report/progress-feed.ts';
import type { Reporter } from './report/reporter.ts';
import type { Layout } from './store/layout.ts';
import { liveDigest, makeLive } from './store/live-links.ts';
import { isPublished } from './store/publish.ts';

/** Collaborators of {@link createHostWork}. */
export interface HostWorkComponents {
  readonly layout: Layout;
  readonly fetcher: Fetcher;
  readonly reporter: Reporter;
  readonly progress: ProgressFeed;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
}

/** What reconciling does on this host: its store, its swarms, its reports. */
export function createHostWork(components: HostWorkComponents, host: HostIdentity): HostWork {
  const { layout, fetcher, reporter, progress, clock, telemetry } = components;
  return {
    async observe({ name, contentDigest }): Promise<Actual> {
      const published = await isPublished(layout, contentDigest);
      return { published, live: await liveDigest(layout, name) };
    },

    async fetch(desired, signal) {
      const ended = new AbortController();
      const feed = progress.follow(desired, () => fetcher.transfer(desired.contentDigest), ended.signal);
      try {
        await fetcher.fetch(desired, signal);
      } finally {
        ended.abort();
        await feed;
      }
    },

    async activate({ name, contentDigest }) {
      await withSpan(telemetry, 'activate', { attributes: { 'shoal.name': name } }, () =>
        makeLive(layout, name, contentDigest),
      );
    },

    async report(desired, transition) {
      const transfer = transferOf(desired, transition);
      const { traceparent = desired.traceparent } = telemetry.inject();
      const when = { now: clock.now(), traceparent };
      await reporter.report(hostReport(host, desired, { ...transition, transfer }, when));
    },
  };

  function transferOf({ contentDigest, size }: Desired, { state }: Transition) {
    const transfer = fetcher.transfer(contentDigest);
    const done = state === TargetState.TARGET_STATE_FETCHED || state === TargetState.TARGET_STATE_ACTIVATED;
    // A tree that was here before this run moved no bytes.
    return transfer ?? heldReport(done ? size : 0);
  }
}
