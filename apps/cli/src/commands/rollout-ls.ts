import { type Rollout, rolloutJson, rolloutWord } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatAge, formatLabels } from '../output/format.ts';
import { tableLines } from '../output/table.ts';

export const rolloutLsCommand = clientCommand({
  name: 'ls',
  description: 'List rollouts, newest first.',
  arguments: [{ name: '[name]', description: 'only rollouts of this artifact' }],
  examples: [{ command: 'shoal rollout ls web', does: 'rollouts of web' }],
  options: defineOptions({
    limit: { type: 'integer', default: 50, min: 1, max: 1000, description: 'Most rollouts to list.' },
  }),
  async run({ args: [name = ''], options, client, environment: { terminal } }) {
    const { rollouts } = await client.rollouts.listRollouts({
      namespace: client.namespace,
      name,
      pageSize: options.limit,
      pageToken: '',
    });
    if (options.json) for (const rollout of rollouts) terminal.out(JSON.stringify(rolloutJson(rollout)));
    else if (rollouts.length === 0) terminal.note('No rollouts. Start one: shoal rollout create <artifact>');
    else for (const line of rolloutLines(rollouts, new Date(), terminal.style.bold)) terminal.out(line);
    return ExitCode.ok;
  },
});

function rolloutLines(rollouts: readonly Rollout[], now: Date, heading: (text: string) => string): string[] {
  return tableLines(
    [
      { title: 'ROLLOUT' },
      { title: 'ARTIFACT' },
      { title: 'STATE' },
      { title: 'ACTIVE', align: 'right' },
      { title: 'FAILED', align: 'right' },
      { title: 'CREATED' },
      { title: 'SELECTOR' },
    ],
    rollouts.map((rollout) => [
      rollout.rolloutId,
      `${rollout.name}@${rollout.version}`,
      rolloutWord(rollout.state),
      `${rollout.activatedCount}/${rollout.targetCount}`,
      String(rollout.failedCount),
      formatAge(rollout.createdAt, now),
      formatLabels(rollout.selector),
    ]),
    heading,
  );
}
