import { type Artifact, artifactJson, formatWord } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { parseReference } from '../client/artifact-reference.ts';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatBytes, formatHex, formatLabels } from '../output/format.ts';
import { fieldLines } from '../output/fields.ts';

export const showCommand = clientCommand({
  name: 'show',
  description: 'Show one artifact: digest, swarm, labels, copies.',
  arguments: [{ name: '<artifact>', description: 'name@version, or a name for the version published last' }],
  examples: [
    { command: 'shoal show web@1.4.2', does: 'one version' },
    { command: 'shoal show web --json', does: 'the version published last, for scripts' },
  ],
  options: defineOptions({}),
  async run({ args: [reference = ''], options, client, environment: { terminal } }) {
    const { artifact } = await client.artifacts.getArtifact({
      namespace: client.namespace,
      ...parseReference(reference),
    });
    if (artifact === undefined) return ExitCode.notFound;
    if (options.json) terminal.out(JSON.stringify(artifactJson(artifact), null, 2));
    else for (const line of fieldLines(artifactFields(artifact), terminal.style)) terminal.out(line);
    return ExitCode.ok;
  },
});

function artifactFields(artifact: Artifact): [string, string][] {
  const { swarm } = artifact;
  const fields: [string, string][] = [
    ['artifact', `${artifact.name}@${artifact.version}`],
    ['namespace', artifact.namespace],
    ['digest', `sha256:${formatHex(artifact.contentDigest)}`],
    ['size', `${formatBytes(artifact.size)} (${artifact.size} bytes)`],
    ['files', String(artifact.fileCount)],
    ['labels', formatLabels(artifact.labels)],
    ['published', `${artifact.publishedAt?.toISOString() ?? '-'} by ${artifact.principal}`],
    ['copies', String(artifact.copies)],
  ];
  if (swarm === undefined) return fields;
  fields.push([
    'swarm',
    `${formatWord(swarm.profile?.format)}, ${swarm.pieceCount} × ${formatBytes(swarm.profile?.pieceLength ?? 0)}`,
  ]);
  if (swarm.infoHashV1.length > 0) fields.push(['info-hash v1', formatHex(swarm.infoHashV1)]);
  if (swarm.infoHashV2.length > 0) fields.push(['info-hash v2', formatHex(swarm.infoHashV2)]);
  return fields;
}
