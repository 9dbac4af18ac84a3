import { type ArtifactSwarm, formatWord, swarmJson, swarmStateWord } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { parseReference } from '../client/artifact-reference.ts';
import { clientCommand } from '../client/client-command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatBytes, formatHex } from '../output/format.ts';
import { tableLines } from '../output/table.ts';

/** Hexadecimal digits of an info-hash that a table shows. */
const SHOWN_DIGITS = 40;

export const swarmLsCommand = clientCommand({
  name: 'ls',
  description:
    'List the swarms of an artifact: the main one, which hosts join, and those that were made for stock clients by `shoal torrent export`.',
  arguments: [{ name: '<artifact>', description: 'name@version, or a name for the version published last' }],
  examples: [
    { command: 'shoal swarm ls web@1.4.2', does: 'format, state and info-hash of each' },
    { command: 'shoal swarm ls web --json', does: 'one JSON document a line' },
  ],
  options: defineOptions({}),
  async run({ args: [reference = ''], options: given, client, environment: { terminal } }) {
    const { swarms } = await client.swarms.listSwarms({
      namespace: client.namespace,
      ...parseReference(reference),
    });
    if (given.json) for (const swarm of swarms) terminal.out(JSON.stringify(swarmJson(swarm)));
    else for (const line of swarmLines(swarms, terminal.style.bold)) terminal.out(line);
    return ExitCode.ok;
  },
});

function swarmLines(swarms: readonly ArtifactSwarm[], heading: (text: string) => string): string[] {
  return tableLines(
    [
      { title: 'FORMAT' },
      { title: 'PIECES', align: 'right' },
      { title: 'PEERS' },
      { title: 'STATE' },
      { title: 'UNTIL' },
      { title: 'INFO-HASH' },
    ],
    swarms.map(({ swarm, state, main, errorCode, expiresAt }) => [
      formatWord(swarm?.profile?.format),
      formatBytes(swarm?.profile?.pieceLength ?? 0),
      swarm?.profile?.private === false ? 'public' : 'private',
      errorCode === '' ? `${swarmStateWord(state)}${main ? ' (main)' : ''}` : `failed: ${errorCode}`,
      expiresAt?.toISOString().slice(0, 16) ?? '-',
      shownHash(swarm),
    ]),
    heading,
  );
}

function shownHash(swarm: ArtifactSwarm['swarm']): string {
  const hash = [swarm?.infoHashV1, swarm?.infoHashV2].find(
    (bytes) => bytes !== undefined && bytes.length > 0,
  );
  return hash === undefined ? '-' : formatHex(hash).slice(0, SHOWN_DIGITS);
}
