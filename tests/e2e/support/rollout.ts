import { type MemberRole, type Rollout, RolloutState, type RolloutTarget } from '@shoal/contracts';
import type { Platform } from './platform.ts';
import { until } from './until.ts';

/** Longest a rollout of a test may take, in milliseconds. */
const DEADLINE_MS = 60_000;

/** Waits until the catalog knows so many members of a role. */
export async function waitForMembers(platform: Platform, role: MemberRole, count: number): Promise<void> {
  const { fleet } = platform.clients();
  await until(`${count} members said hello`, async () => {
    const { hosts } = await fleet.listHosts({ namespace: 'default' });
    return hosts.filter((host) => host.role === role).length >= count ? true : undefined;
  });
}

/** Starts to roll an artifact out to every agent. */
export async function startRollout(platform: Platform, name: string, version: string): Promise<Rollout> {
  const { rollout } = await platform
    .clients()
    .rollouts.createRollout({ namespace: 'default', name, version });
  return rollout!;
}

/** Rolls an artifact out to every agent and returns its targets once it is over. */
export async function rollOut(platform: Platform, name: string, version: string): Promise<RolloutTarget[]> {
  const rollout = await startRollout(platform, name, version);
  return await watchUntil(platform, rollout, ({ state }) => state !== RolloutState.ROLLOUT_STATE_RUNNING);
}

/** Follows a rollout until it or its targets are as wanted. */
export async function watchUntil(
  platform: Platform,
  { rolloutId }: Pick<Rollout, 'rolloutId'>,
  wanted: (rollout: Rollout, targets: readonly RolloutTarget[]) => boolean,
): Promise<RolloutTarget[]> {
  const { rollouts } = platform.clients();
  const targets = new Map<string, RolloutTarget>();
  const request = { namespace: 'default', rolloutId };
  for await (const update of rollouts.watchRollout(request, { deadlineMs: DEADLINE_MS })) {
    for (const target of update.targets) targets.set(target.hostId, target);
    if (wanted(update.rollout!, [...targets.values()])) return [...targets.values()];
  }
  throw new Error('the rollout ended otherwise');
}
