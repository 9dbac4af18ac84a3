import { rolloutJson } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { parseReference } from '../client/artifact-reference.ts';
import { clientCommand } from '../client/client-command.ts';
import { watchRollout } from '../client/watch-rollout.ts';
import { ExitCode } from '../exit-codes.ts';
import { plural } from '../output/format.ts';
import { missingAnswer } from '../client/missing-answer.ts';

export const rolloutCreateCommand = clientCommand({
  name: 'create',
  description:
    'Resolves the selector to hosts, writes what each of them should have, and returns; hosts fetch from the seeders and from each other. With --watch, stays until it is decided, and ends with the exit codes of `rollout watch`.',
  arguments: [{ name: '<artifact>', description: 'name@version, or a name for the version published last' }],
  examples: [
    { command: 'shoal rollout create web@1.4.2 --watch', does: 'to every host, and wait' },
    { command: 'shoal rollout create web --select zone=eu-1', does: 'the newest version, to one zone' },
    {
      command: 'shoal rollout create web@1.4.2 --key "$CI_JOB_ID"',
      does: 'safe to repeat: the key makes it one rollout',
    },
  ],
  options: defineOptions({
    select: { type: 'labels', default: {}, description: 'Labels a host must carry; none: every host.' },
    key: {
      type: 'string',
      default: '',
      description: 'Idempotency key: the same key again gives the first rollout.',
    },
    watch: { type: 'boolean', default: false, description: 'Show progress until the rollout is over.' },
  }),
  async run({ args: [reference = ''], options, client, environment }) {
    const { terminal } = environment;
    const { rollout } = await client.rollouts.createRollout({
      namespace: client.namespace,
      ...parseReference(reference),
      selector: options.select,
      idempotencyKey: options.key,
    });
    if (rollout === undefined) throw missingAnswer('rollout');
    if (options.watch) return watchRollout(client, rollout.rolloutId, environment, options.json);
    if (options.json) {
      terminal.out(JSON.stringify(rolloutJson(rollout)));
    } else {
      terminal.out(rollout.rolloutId);
      terminal.note(
        `Rolling ${rollout.name}@${rollout.version} out to ${plural(rollout.targetCount, 'host')}: shoal rollout watch ${rollout.rolloutId}`,
      );
    }
    return ExitCode.ok;
  },
});
