import type { WatchRolloutRequest, WatchRolloutResponse } from '@shoal/contracts';
import { rolloutTargets } from '@shoal/database';
import { WATCH_CHUNK, WATCH_POLL_MS, WATCH_SPACING_MS } from '../constants.ts';
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
 * The rollout with all its targets, then the targets that change, until it is decided. What happens while messages are on
 * their way to a slow watcher is read anew afterwards, so nothing piles up.
 * @throws CatalogError SHOAL_ROLLOUT_NOT_FOUND, SHOAL_CATALOG_STOPPING; DatabaseError
 */
export async function* watchRollout(
  components: RolloutComponents,
  { namespace, rolloutId }: WatchRolloutRequest,
  ends: WatchEnds,
): AsyncGenerator<WatchRolloutResponse> {
  const { database, bus, signals, clock } = components;
  const reference = { namespace, rolloutId };
  const progress = new LiveProgress();
  const wakeup = createWakeup();
  const wake = (): void => wakeup.wake();
  const stopListening = signals.listen(rolloutId, wake);
  const subscription = followProgress(bus, reference, progress, wake);
  const ended = AbortSignal.any([ends.caller, ends.stopping]);
  try {
    let since = 0n;
    while (!ended.aborted) {
      // The rollout first: once it reads as decided, the targets read after it are those that decided it.
      const found = await findRollout(database.db, namespace, rolloutId);
      const rollout = rolloutMessage(found);
      const cursor = await rolloutTargets.changeCursor(database.db);
      let told = false;
      for await (const rows of rolloutTargets.changesSince(database.db, reference, since, WATCH_CHUNK)) {
        for (const row of rows) progress.stored(row);
        yield { rollout, targets: rows.map(targetMessage) };
        told = true;
      }
      since = cursor;
      for (const targets of progress.take(WATCH_CHUNK)) yield { rollout, targets };
      if (found.state !== 'running') {
        if (!told) yield { rollout, targets: [] };
        return;
      }
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
