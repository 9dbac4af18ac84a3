import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ArtifactSwarm,
  ShoalError,
  Status,
  SwarmProfile,
  SwarmState,
  type WantedSwarm,
} from '@shoal/contracts';
import type { CatalogClient } from '../client/catalog-client.ts';
import { missingAnswer } from '../client/missing-answer.ts';

/** Milliseconds between looks whether a seeder has made a swarm. */
const POLL_MS = 250;

export interface SwarmWait {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Called once when it has to be waited for. */
  readonly onWait: () => void;
}

/**
 * Has a swarm made unless it is there, and waits until a seeder has done so.
 * @throws ShoalError as the catalog raises them; SHOAL_SWARM_FAILED; SHOAL_SWARM_NOT_MADE when it takes longer than the timeout
 */
export async function swarmReady(
  client: CatalogClient,
  wanted: WantedSwarm,
  { timeoutMs, signal, onWait }: SwarmWait,
): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const answer = await client.swarms.createSwarm({ wanted }, { signal });
  let swarm = required(answer.swarm);
  const profile = profileKey(swarm);
  if (swarm.state === SwarmState.SWARM_STATE_PENDING) onWait();
  while (swarm.state === SwarmState.SWARM_STATE_PENDING) {
    if (Date.now() > deadline) throw notMade(wanted, timeoutMs);
    await sleep(POLL_MS, undefined, { signal });
    const { namespace, name, version } = wanted;
    const all = await client.swarms
      .listSwarms({ namespace, name, version }, { signal })
      .catch((error: unknown) => awaitCatalog(error));
    if (all !== undefined) swarm = required(all.swarms.find((other) => profileKey(other) === profile));
  }
  if (swarm.state === SwarmState.SWARM_STATE_FAILED) throw failed(wanted, swarm.errorCode);
}

/** While the catalog is away nothing is lost: it is asked again until the deadline. */
function awaitCatalog(error: unknown): undefined {
  if (error instanceof ShoalError && RETRIED.includes(error.status)) return undefined;
  throw error;
}

const RETRIED: readonly Status[] = [Status.UNAVAILABLE, Status.DEADLINE_EXCEEDED];

function profileKey({ swarm }: ArtifactSwarm): string {
  return Buffer.from(SwarmProfile.encode(swarm?.profile ?? SwarmProfile.create()).finish()).toString('hex');
}

function required(swarm: ArtifactSwarm | undefined): ArtifactSwarm {
  if (swarm === undefined) throw missingAnswer('swarm');
  return swarm;
}

function failed({ name, version }: WantedSwarm, code: string): ShoalError {
  return new ShoalError({
    code: 'SHOAL_SWARM_FAILED',
    status: Status.FAILED_PRECONDITION,
    message: `the swarm of ${name}@${version} could not be made: ${code}`,
    remedy: "The seeder's log says more. The same command has it tried again.",
  });
}

function notMade({ name, version }: WantedSwarm, timeoutMs: number): ShoalError {
  return new ShoalError({
    code: 'SHOAL_SWARM_NOT_MADE',
    status: Status.DEADLINE_EXCEEDED,
    message: `no seeder has made this swarm of ${name}@${version} within ${timeoutMs / 1_000} s`,
    remedy: 'It goes on. Run the same command again, and check with `shoal agents` that a seeder is alive.',
  });
}
