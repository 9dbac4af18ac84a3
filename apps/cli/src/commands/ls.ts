import { type Artifact, artifactJson } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatAge, formatBytes, shortDigest } from '../output/format.ts';
import { tableLines } from '../output/table.ts';

const options = defineOptions({
  labels: { type: 'labels', default: {}, description: 'Only artifacts that carry all of these labels.' },
  limit: {
    type: 'integer',
    default: 50,
    min: 1,
    max: 100_000,
    description: 'Most artifacts to list, newest first.',
  },
});

/** Artifacts asked for at a time. */
const PAGE_SIZE = 1000;

export const lsCommand = clientCommand({
  name: 'ls',
  description: 'List published artifacts, newest first.',
  arguments: [{ name: '[name]', description: 'only versions of this artifact' }],
  examples: [
    { command: 'shoal ls', does: 'everything in the namespace' },
    { command: 'shoal ls web --labels branch=main', does: 'versions of web with a label' },
    { command: 'shoal ls web --json | jq -r .version', does: 'one JSON document a line' },
  ],
  options,
  async run({ args: [name = ''], options: given, client, environment: { terminal } }) {
    const artifacts: Artifact[] = [];
    let pageToken = '';
    do {
      const page = await client.artifacts.listArtifacts({
        namespace: client.namespace,
        name,
        labels: given.labels,
        pageSize: Math.min(PAGE_SIZE, given.limit - artifacts.length),
        pageToken,
      });
      artifacts.push(...page.artifacts);
      pageToken = page.nextPageToken;
    } while (pageToken !== '' && artifacts.length < given.limit);

    if (given.json) {
      for (const artifact of artifacts) terminal.out(JSON.stringify(artifactJson(artifact)));
    } else if (artifacts.length === 0) {
      terminal.note('No artifacts. Publish one: shoal push ./dist --name web --version 1.0.0');
    } else {
      for (const line of artifactLines(artifacts, new Date(), terminal.style.bold)) terminal.out(line);
    }
    return ExitCode.ok;
  },
});

function artifactLines(
  artifacts: readonly Artifact[],
  now: Date,
  heading: (text: string) => string,
): string[] {
  return tableLines(
    [
      { title: 'ARTIFACT' },
      { title: 'SIZE', align: 'right' },
      { title: 'FILES', align: 'right' },
      { title: 'COPIES', align: 'right' },
      { title: 'PUBLISHED' },
      { title: 'DIGEST' },
    ],
    artifacts.map((artifact) => [
      `${artifact.name}@${artifact.version}`,
      formatBytes(artifact.size),
      String(artifact.fileCount),
      String(artifact.copies),
      formatAge(artifact.publishedAt, now),
      `sha256:${shortDigest(artifact.contentDigest)}`,
    ]),
    heading,
  );
}
