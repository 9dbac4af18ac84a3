import { randomUUID } from 'node:crypto';
import type { CreateRolloutRequest } from '@shoal/contracts';
import {
  type artifacts,
  copies,
  directives,
  hosts,
  outbox,
  type Queries,
  rollouts,
  rolloutTargets,
} from '@shoal/database';
import { findArtifact } from '../artifacts/find-artifact.ts';
import { ALIVE_FOR_MS } from '../constants.ts';
import { CatalogError } from '../errors.ts';
import { directiveMessage } from '../outbox/messages.ts';
import { findRollout } from './find-rollout.ts';
import type { RolloutComponents } from './rollout-components.ts';

/** What a transaction that made a rollout has touched. */
interface Written {
  readonly rollout: rollouts.RolloutView;
  /** Rollouts that lost hosts to it. */
  readonly overtaken: readonly string[];
}

/**
 * Creates a rollout: resolves version and selector once, and writes rollout, targets, directives and outbox messages in
 * one transaction. A request with the key of an earlier one returns that one's rollout.
 * @throws CatalogError SHOAL_ARTIFACT_NOT_FOUND, SHOAL_ROLLOUT_NO_TARGETS, SHOAL_ROLLOUT_NO_COPY
 */
export async function createRollout(
  components: RolloutComponents,
  request: CreateRolloutRequest,
  principal: string,
): Promise<rollouts.RolloutView> {
  const { database, telemetry, signals, wakeOutbox } = components;
  const { namespace, name, version } = request;
  const { artifact } = await findArtifact(database.db, namespace, name, version);
  const headers = telemetry.inject();
  const rolloutId = randomUUID();
  const written = await database.transaction((transaction) =>
    write(transaction, { request, artifact, principal, rolloutId, headers }),
  );
  wakeOutbox();
  for (const overtaken of written.overtaken) signals.changed(overtaken);
  return written.rollout;
}

interface RolloutInit {
  readonly request: CreateRolloutRequest;
  readonly artifact: artifacts.ArtifactView;
  readonly principal: string;
  readonly rolloutId: string;
  /** Trace context of the request. */
  readonly headers: Readonly<Record<string, string>>;
}

async function write(transaction: Queries, init: RolloutInit): Promise<Written> {
  const { request, artifact, principal, rolloutId, headers } = init;
  const { namespace, name, version, contentDigest, size } = artifact;
  const traceparent = headers['traceparent'] ?? '';
  const common = { rolloutId, namespace, principal, name, version, contentDigest, size, traceparent };
  const { selector, idempotencyKey } = request;
  const made = await rollouts.create(transaction, { ...common, selector, idempotencyKey });
  if (!made.created) {
    return { rollout: await findRollout(transaction, namespace, made.rolloutId), overtaken: [] };
  }
  await checkLiveCopy(transaction, artifact);
  const hostIds = await hosts.agentsMatching(transaction, namespace, selector);
  if (hostIds.length === 0) throw noTargets(request);
  const targets = await directives.put(transaction, { ...common, phase: 'activate' }, hostIds);
  await rolloutTargets.add(transaction, { namespace, rolloutId }, targets);
  const overtaken = await rolloutTargets.supersede(transaction, { namespace, rolloutId, name });
  for (const other of [...overtaken].sort()) await rollouts.settle(transaction, namespace, other);
  await outbox.add(
    transaction,
    hostIds.map((hostId) => directiveMessage(namespace, hostId, rolloutId, headers)),
  );
  return { rollout: await findRollout(transaction, namespace, rolloutId), overtaken };
}

/** Hosts could only wait for an artifact that nobody can send. */
async function checkLiveCopy(
  transaction: Queries,
  { namespace, name, version, contentDigest }: artifacts.ArtifactView,
): Promise<void> {
  const alive = await hosts.aliveSeeders(transaction, namespace, ALIVE_FOR_MS);
  const ids = new Set(alive.map((seeder) => seeder.hostId));
  const held = await copies.ofContent(transaction, namespace, contentDigest);
  const holders = held.filter((copy) => copy.state === 'durable').map((copy) => copy.seederId);
  if (holders.some((seederId) => ids.has(seederId))) return;
  throw new CatalogError(
    'SHOAL_ROLLOUT_NO_COPY',
    `no seeder that is alive holds ${name}@${version}; copies are at: ${holders.join(', ') || 'none'}`,
  );
}

function noTargets({ namespace, selector }: CreateRolloutRequest): CatalogError {
  const labels = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
  const which = labels.length === 0 ? '' : ` with ${labels.join(',')}`;
  return new CatalogError('SHOAL_ROLLOUT_NO_TARGETS', `namespace ${namespace} has no agent${which}`);
}
