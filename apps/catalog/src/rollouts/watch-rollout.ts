import type { WatchRolloutRequest, WatchRolloutResponse } from '@shoal/contracts';
import { type rollouts, rolloutTargets } from '@shoal/database';
import { WATCH_POLL_MS, WATCH_SPACING_MS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { createWakeup } from '../wakeup.ts';
import { findRollout } from './find-rollout.ts';
import { followProgress, LiveProgress } from './live-progress.ts';
import type { RolloutComponents } from './rollout-components.ts';
import { rolloutMessage } from './rollout-message.ts';
import { targetMessage } from './target-message.ts';

/** Ends of a watch from outside. */
export interface WatchEnds {
  /** The caller has gone. */
  readonly caller: AbortSignal;
  /** The catalog stops. */
  readonly stopping: AbortSignal;
}

/**
 * The rollout with all its targets, then the targets that change, until it is over. What happens while a message is on its
 * way to a slow watcher is read anew afterwards, so nothing piles up.
 * @throws CatalogError SHOAL_ROLLOUT_NOT_FOUND, SHOAL_CATALOG_STOPPING; DatabaseError
 */
export async function* watchRollout(
  components: RolloutComponents,
  { namespace, rolloutId }: WatchRolloutRequest,
  ends: WatchEnds,
): AsyncGenerator<WatchRolloutResponse> {
  const { database, bus, signals, clock } = components;
  const progress = new LiveProgress();
  const wakeup = createWakeup();
  const wake = (): void => wakeup.wake();
  const stopListening = signals.listen(rolloutId, wake);
  const subscription = followProgress(bus, { namespace, rolloutId }, progress, wake);
  const ended = AbortSignal.any([ends.caller, ends.stopping]);
  try {
    let cursor = 0n;
    let before: rollouts.RolloutView | undefined;
    while (!ended.aborted) {
      // The rollout first: once it reads as over, the targets read after it are all there will be.
      const rollout = await findRollout(database.db, namespace, rolloutId);
      const changes = await rolloutTargets.changesSince(database.db, namespace, rolloutId, cursor);
      cursor = changes.cursor;
      for (const target of changes.targets) progress.stored(target);
      const targets = [...changes.targets.map(targetMessage), ...progress.take()];
      if (targets.length > 0 || rollout.state !== before?.state) {
        yield { rollout: rolloutMessage(rollout), targets };
      }
      if (rollout.state !== 'running') return;
      before = rollout;
      await clock.sleep(WATCH_SPACING_MS, ended).catch(() => undefined);
      await wakeup.wait(WATCH_POLL_MS, ended);
    }
    if (ends.stopping.aborted)
      throw new CatalogError('SHOAL_CATALOG_STOPPING', 'the watch ends with the catalog');
  } finally {
    stopListening();
    await subscription.stop();
  }
}
