import type {
  CreateRolloutRequest,
  RolloutServiceImplementation,
  WatchRolloutRequest,
} from '@shoal/contracts';
import { rollouts, rolloutTargets } from '@shoal/database';
import type { RequestContext } from '@shoal/service';
import { checkLabels } from '../requests/check-labels.ts';
import {
  checkId,
  checkName,
  checkNamespace,
  checkText,
  checkVersionOrNewest,
} from '../requests/check-names.ts';
import { createRollout } from './create-rollout.ts';
import { findRollout } from './find-rollout.ts';
import type { RolloutComponents } from './rollout-components.ts';
import { rolloutMessage } from './rollout-message.ts';
import { targetMessage, targetStateName } from './target-message.ts';
import { watchRollout } from './watch-rollout.ts';

/** Decides which hosts get which version (proto: RolloutService). `stopping` ends the watches. */
export function createRolloutService(components: RolloutComponents, stopping: AbortSignal) {
  const { db } = components.database;
  return {
    async createRollout(request, { principal }) {
      checkCreate(request);
      return { rollout: rolloutMessage(await createRollout(components, request, principal)) };
    },

    async getRollout(request) {
      checkReference(request);
      const filter = { ...request, states: request.targetStates.map(targetStateName) };
      const rollout = await findRollout(db, request.namespace, request.rolloutId);
      const page = await rolloutTargets.list(db, filter);
      const targets = page.items.map(targetMessage);
      return { rollout: rolloutMessage(rollout), targets, nextPageToken: page.nextPageToken };
    },

    async listRollouts(request) {
      checkNamespace(request.namespace);
      if (request.name !== '') checkName(request.name);
      const page = await rollouts.list(db, request);
      return { rollouts: page.items.map(rolloutMessage), nextPageToken: page.nextPageToken };
    },

    async *watchRollout(request, { signal }: { readonly signal: AbortSignal }) {
      checkReference(request);
      yield* watchRollout(components, request, { caller: signal, stopping });
    },
  } satisfies RolloutServiceImplementation<RequestContext>;
}

export type RolloutService = ReturnType<typeof createRolloutService>;

function checkCreate({ namespace, name, version, selector, idempotencyKey }: CreateRolloutRequest): void {
  checkNamespace(namespace);
  checkName(name);
  checkVersionOrNewest(version);
  checkLabels('selector', selector);
  checkText('idempotency_key', idempotencyKey);
}

function checkReference({ namespace, rolloutId }: WatchRolloutRequest): void {
  checkNamespace(namespace);
  checkId('rollout_id', rolloutId);
}
