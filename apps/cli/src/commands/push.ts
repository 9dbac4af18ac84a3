import { SwarmFormat } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { createHashPool } from '@shoal/session';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { pushJson, pushSummary } from '../output/push-summary.ts';
import { PUSH_VIAS, pushTree } from '../push/push-tree.ts';

/** What `--format` takes. */
const FORMATS: Readonly<Record<string, SwarmFormat>> = {
  auto: SwarmFormat.SWARM_FORMAT_UNSPECIFIED,
  v1: SwarmFormat.SWARM_FORMAT_V1,
  v2: SwarmFormat.SWARM_FORMAT_V2,
  hybrid: SwarmFormat.SWARM_FORMAT_HYBRID,
};

export const pushCommand = clientCommand({
  name: 'push',
  description:
    'Hashes the tree, sends what the platform does not have, and ends when the artifact is published: stored durably, ready to be rolled out. A push that broke off goes on where it stopped when it is run again.',
  arguments: [{ name: '<path>', description: 'the directory or file to publish' }],
  examples: [
    { command: 'shoal push ./dist --name web --version 1.4.2', does: 'publish a build' },
    {
      command: 'shoal push ./dist --name web --version "$CI_COMMIT_SHA" --labels branch=main',
      does: 'from CI',
    },
    {
      command: 'shoal push ./dist --name web --version 1.4.2 --via relay',
      does: 'where only the catalog can be reached',
    },
  ],
  options: defineOptions({
    name: { type: 'string', required: true, description: "The artifact's name, for example web." },
    version: { type: 'string', required: true, description: 'Its version, for example 1.4.2.' },
    labels: { type: 'labels', default: {}, description: 'Labels to keep with it.' },
    format: {
      type: 'string',
      default: 'auto',
      choices: Object.keys(FORMATS),
      description: 'Format of the swarm; auto: hybrid, or v2 where that would cost too much padding.',
    },
    via: {
      type: 'string',
      default: 'auto',
      choices: [...PUSH_VIAS],
      description:
        'How the bytes go: by swarm, over the peer protocol to the port of the seeder for peers; in one stream to its gRPC endpoint; relayed by the catalog. auto: by swarm from 16 MiB on, but in a stream where files are small or no swarm can be had.',
    },
  }),
  async run({ args: [root = ''], options, client, environment }) {
    const { terminal, interrupted: signal } = environment;
    const pool = createHashPool();
    try {
      const result = await pushTree(
        { client, pool, terminal, random: Math.random, now: Date.now },
        {
          root,
          name: options.name,
          version: options.version,
          labels: options.labels,
          format: FORMATS[options.format] ?? SwarmFormat.SWARM_FORMAT_UNSPECIFIED,
          via: PUSH_VIAS.find((via) => via === options.via) ?? 'auto',
          signal,
        },
      );
      if (options.json) terminal.out(JSON.stringify(pushJson(result)));
      else for (const line of pushSummary(result, terminal.style)) terminal.out(line);
      return ExitCode.ok;
    } finally {
      await pool.close();
    }
  },
});
