import { SwarmFormat } from '@shoal/contracts';
import { withSpan } from '@shoal/service';
import { missingAnswer } from '../client/missing-answer.ts';
import { watchRollout } from '../client/watch-rollout.ts';
import type { CommandEnvironment } from '../command-line/environment.ts';
import type { ExitCode } from '../exit-codes.ts';
import { pushJson, pushSummary } from '../output/push-summary.ts';
import { pushTree } from '../push/push-tree.ts';
import type { EmbeddedPlatform } from './embedded-platform.ts';

export interface ArtifactToRollOut {
  /** A directory, or one file. */
  readonly root: string;
  readonly name: string;
  readonly version: string;
}

/** The main job: publishes a tree, rolls it out to every agent of the platform, and shows both. */
export async function pushAndRollOut(
  platform: EmbeddedPlatform,
  { root, name, version }: ArtifactToRollOut,
  environment: CommandEnvironment,
  json: boolean,
): Promise<ExitCode> {
  const { terminal, interrupted: signal } = environment;
  const { client, pool, telemetry } = platform;
  const pushed = await withSpan(telemetry, 'shoal push', {}, () =>
    pushTree(
      { client, pool, terminal, random: Math.random, now: Date.now },
      { root, name, version, labels: {}, format: SwarmFormat.SWARM_FORMAT_UNSPECIFIED, via: 'auto', signal },
    ),
  );
  if (json) terminal.out(JSON.stringify(pushJson(pushed)));
  else for (const line of pushSummary(pushed, terminal.style)) terminal.out(line);
  return withSpan(telemetry, 'shoal rollout create', {}, async () => {
    const request = { namespace: client.namespace, name, version, selector: {}, idempotencyKey: '' };
    const { rollout } = await client.rollouts.createRollout(request);
    if (rollout === undefined) throw missingAnswer('rollout');
    return watchRollout(client, rollout.rolloutId, environment, json);
  });
}
