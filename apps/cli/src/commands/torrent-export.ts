import { writeFile } from 'node:fs/promises';
import type { WantedSwarm } from '@shoal/contracts';
import { METAINFO_LIMITS, parseMetainfo } from '@shoal/protocol';
import { defineOptions } from '@shoal/service';
import type { CatalogClient } from '../client/catalog-client.ts';
import { clientCommand } from '../client/client-command.ts';
import { missingAnswer } from '../client/missing-answer.ts';
import { ExitCode } from '../exit-codes.ts';
import { fileError } from '../files/read-input.ts';
import { fieldLines } from '../output/fields.ts';
import { metainfoFields, metainfoJson } from '../output/metainfo.ts';
import { swarmReady } from '../swarm/swarm-ready.ts';
import { wantedSwarm, wantedSwarmOptions } from '../swarm/wanted-swarm.ts';

/** Milliseconds for a .torrent file to come: 64 MiB take 7 s at 10 MB/s. */
const EXPORT_DEADLINE_MS = 60_000;

const options = defineOptions({
  ...wantedSwarmOptions,
  output: { type: 'path', description: 'Where to write it. Default: <name>.torrent in this directory.' },
  force: { type: 'boolean', default: false, description: 'Replace the output file if it exists.' },
  timeout: {
    type: 'duration',
    default: 600_000,
    min: 1_000,
    max: 86_400_000,
    description: 'How long to wait for a seeder to make the swarm.',
  },
});

export const torrentExportCommand = clientCommand({
  name: 'export',
  description:
    'Writes the .torrent file of an artifact for stock clients: with an announce URL that lets them in, and the seeders that serve files over HTTP as web seeds. A swarm of another format, piece length or visibility than the artifact was published with is made by a seeder first, from what it has stored, and is kept as long as the file can be announced with.',
  arguments: [{ name: '<artifact>', description: 'name@version, or a name for the version published last' }],
  examples: [
    { command: 'shoal torrent export web@1.4.2', does: 'writes web.torrent, for the swarm of the fleet' },
    {
      command: 'shoal torrent export web@1.4.2 --format v1 --output old.torrent',
      does: 'for clients that know v1 alone, such as Transmission 3',
    },
    {
      command: 'shoal torrent export web --format v1 --public',
      does: 'for clients that may exchange peers among themselves',
    },
  ],
  options,
  async run({ args: [reference = ''], options: given, client, environment }) {
    const { terminal, interrupted: signal } = environment;
    const wanted = await pinned(client, wantedSwarm(client.namespace, reference, given));
    const onWait = (): void => terminal.note('a seeder makes this swarm from what it has stored …');
    await swarmReady(client, wanted, { timeoutMs: given.timeout, signal, onWait });
    const bytes = await download(client, wanted, signal);
    const metainfo = parseMetainfo(bytes);
    const output = given.output ?? `${wanted.name}.torrent`;
    await writeFile(output, bytes, { flag: given.force ? 'w' : 'wx' }).catch((error: unknown) => {
      throw fileError(output, error);
    });
    if (given.json) {
      terminal.out(JSON.stringify({ output, ...metainfoJson(metainfo, false) }, null, 2));
      return ExitCode.ok;
    }
    const fields: [string, string][] = [['written', output], ...metainfoFields(metainfo)];
    for (const line of fieldLines(fields, terminal.style)) terminal.out(line);
    return ExitCode.ok;
  },
});

/** The version is settled first: another may be published while a seeder is at work. */
async function pinned(client: CatalogClient, wanted: WantedSwarm): Promise<WantedSwarm> {
  const { namespace, name, version } = wanted;
  const { artifact } = await client.artifacts.getArtifact({ namespace, name, version });
  if (artifact === undefined) throw missingAnswer('artifact');
  return { ...wanted, version: artifact.version };
}

async function download(
  client: CatalogClient,
  wanted: WantedSwarm,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const answer = client.swarms.exportTorrent({ wanted }, { signal, deadlineMs: EXPORT_DEADLINE_MS });
  for await (const { chunk } of answer) {
    size += chunk.length;
    if (size > METAINFO_LIMITS.maxBytes) throw missingAnswer('.torrent file of a size that any may have');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
