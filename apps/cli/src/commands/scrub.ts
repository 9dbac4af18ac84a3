import {
  AgentServiceDefinition,
  type ScrubOutcome,
  type ScrubProgress,
  SeederServiceDefinition,
} from '@shoal/contracts';
import { defineOptions, type GrpcChannel, type OptionValues, tlsFromFiles } from '@shoal/service';
import { agentSocketOption } from '../client/agent-client.ts';
import { parseReference } from '../client/artifact-reference.ts';
import { CLIENT_PREFIX, clientOptions } from '../client/client-options.ts';
import { withChannel } from '../client/with-channel.ts';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { formatBytes, formatHex } from '../output/format.ts';
import { createLiveView } from '../output/live-view.ts';
import { percent, progressBar } from '../output/progress-bar.ts';
import type { Terminal } from '../output/terminal.ts';

const BAR_COLUMNS = 32;
/** Paths of each kind that are printed; --json has them all. */
const PATHS_SHOWN = 10;

const { tlsCa, tlsCert, tlsKey } = clientOptions;

const options = defineOptions({
  agentSocket: agentSocketOption,
  seeder: {
    type: 'endpoint',
    description: 'Ask the seeder with this gRPC endpoint instead of the agent on this host.',
  },
  tlsCa: {
    ...tlsCa,
    description: 'With --seeder: PEM file: authorities that it is checked against. Turns TLS on.',
  },
  tlsCert,
  tlsKey,
  namespace: { type: 'string', default: 'default', description: 'Namespace of the artifact.' },
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output: a line for each artifact.',
  },
});

export const scrubCommand: CommandSpec<typeof options> = {
  name: 'scrub',
  description:
    'Has the agent on this host, or a seeder, read the artifacts there, whole ones and parts, verify every piece at its scrub rate, and ' +
    'make damaged files anew with pieces from the swarm. Exit code 7: something is damaged that the swarm cannot supply now; ' +
    'whoever has it goes on trying. Ctrl-C ends the reading; a repair that was begun goes on.',
  arguments: [
    { name: '[artifact]', description: 'name@version, or a name for all its versions. Default: everything.' },
  ],
  examples: [
    { command: 'shoal scrub', does: 'everything on this host' },
    { command: 'shoal scrub web@1.4.2', does: 'one artifact' },
    { command: 'shoal scrub web --seeder 10.0.0.5:7420 --tls-ca ca.pem', does: 'what a seeder has of it' },
  ],
  options,
  envPrefix: CLIENT_PREFIX,
  async run({ args: [reference], options: given, environment: { terminal, interrupted } }) {
    const wanted = reference === undefined ? {} : parseReference(reference);
    const request = { namespace: given.namespace, ...wanted };
    const view = createLiveView(terminal);
    try {
      return await withChannel(whomToAsk(given), 'scrub', async (channel) => {
        let isWhole = true;
        const events = clientOf(channel, given).scrub(request, { signal: interrupted });
        for await (const { event } of events) {
          if (event?.$case === 'progress') view.draw([progressLine(event.value, terminal)]);
          if (event?.$case !== 'outcome') continue;
          view.end();
          isWhole &&= event.value.whole;
          if (given.json) terminal.out(JSON.stringify(outcomeJson(event.value)));
          else for (const line of outcomeLines(event.value, terminal)) terminal.out(line);
        }
        return isWhole ? ExitCode.ok : ExitCode.damaged;
      });
    } finally {
      view.end();
    }
  },
};

type Given = OptionValues<typeof options>;

function whomToAsk({ agentSocket, seeder, tlsCa: ca, tlsCert: cert, tlsKey: key }: Given) {
  return seeder === undefined
    ? { endpoint: agentSocket }
    : { endpoint: seeder, tls: tlsFromFiles({ ca, cert, key }) };
}

/** Both answer alike. */
function clientOf(channel: GrpcChannel, { seeder }: Given) {
  return seeder === undefined
    ? channel.client(AgentServiceDefinition)
    : channel.client(SeederServiceDefinition);
}

function progressLine(
  { name, version, piecesDone, piecesTotal, repairing }: ScrubProgress,
  { style }: Terminal,
): string {
  const fraction = piecesTotal === 0 ? 0 : piecesDone / piecesTotal;
  const bar = `${style.accent(progressBar(fraction, BAR_COLUMNS))} ${percent(fraction)}`;
  return `  ${repairing ? style.bad('repairing from the swarm') : bar}  ${name}@${version}`;
}

function outcomeLines(outcome: ScrubOutcome, { style }: Terminal): string[] {
  const { name, version, bytesVerified, damaged, extra, mended, part, whole, errorMessage } = outcome;
  const verdict = whole
    ? style.good(damaged.length + mended === 0 ? 'whole' : 'repaired')
    : style.bad('damaged');
  const lines = [
    `${name}@${version}${part ? ' (part)' : ''}  ${verdict}  ${formatBytes(bytesVerified)} verified`,
  ];
  if (mended > 0) lines.push(`  ${mended} permissions, links or directories put right`);
  lines.push(...pathLines('damaged', damaged), ...pathLines('does not belong here', extra));
  if (!whole && errorMessage !== '') lines.push(`  ${errorMessage}`);
  return lines;
}

function pathLines(what: string, paths: readonly string[]): string[] {
  const shown = paths.slice(0, PATHS_SHOWN).map((path) => `  ${what}: ${path}`);
  const more = paths.length - shown.length;
  return more > 0 ? [...shown, `  … and ${more} more`] : shown;
}

function outcomeJson({ contentDigest, bytesVerified, ...outcome }: ScrubOutcome): object {
  return { ...outcome, contentDigest: formatHex(contentDigest), bytesVerified: Number(bytesVerified) };
}
