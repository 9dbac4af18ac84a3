import { type HeldArtifact, heldTrafficJson, Traffic } from '@shoal/contracts';
import { defineOptions } from '@shoal/service';
import { agentSocketOption, withAgent } from '../client/agent-client.ts';
import { parseReference } from '../client/artifact-reference.ts';
import { CLIENT_PREFIX } from '../client/client-options.ts';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { classLines, type HeldTraffic, trafficLines } from '../output/traffic-view.ts';

const options = defineOptions({
  agentSocket: agentSocketOption,
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output, one document a line.',
  },
});

export const statsCommand: CommandSpec<typeof options> = {
  name: 'stats',
  description:
    'Show what the agent on this host received and sent: of each artifact as long as the host has had it, restarts included, ' +
    'and of all since the agent started. RATIO is what was sent by what was received or reused and of use.',
  arguments: [
    { name: '[artifact]', description: 'name or name@version: by class of peer, and what was wasted' },
  ],
  examples: [
    { command: 'shoal stats', does: 'a line for each artifact' },
    {
      command: 'shoal stats web@1.4.2',
      does: 'by class of peer: seeders, rack, zone, other zones, web seeds',
    },
    { command: 'shoal stats --json', does: 'for scripts' },
  ],
  options,
  envPrefix: CLIENT_PREFIX,
  async run({ args: [reference], options: given, environment: { terminal, interrupted: signal } }) {
    const [list, status] = await withAgent(given.agentSocket, 'stats', (agent) =>
      Promise.all([agent.list({}, { signal }), agent.status({}, { signal })]),
    );
    const held = list.artifacts.map(withTraffic).filter((artifact) => matches(artifact, reference));
    if (given.json) {
      for (const artifact of held) terminal.out(JSON.stringify(heldTrafficJson(artifact)));
    } else if (reference === undefined) {
      for (const line of trafficLines(held, status.traffic ?? NO_TRAFFIC, terminal.style)) terminal.out(line);
    } else {
      for (const artifact of held)
        for (const line of classLines(artifact, terminal.style)) terminal.out(line);
    }
    if (held.length === 0) terminal.note('The agent has no such artifact.');
    return ExitCode.ok;
  },
};

const NO_TRAFFIC = Traffic.fromPartial({});

/** An agent of before there were books says nothing of them. */
function withTraffic(artifact: HeldArtifact): HeldTraffic {
  return { ...artifact, lifetime: artifact.lifetime ?? NO_TRAFFIC };
}

/** @throws ShoalError SHOAL_CLI_REFERENCE */
function matches({ name, version }: HeldArtifact, reference: string | undefined): boolean {
  if (reference === undefined) return true;
  const wanted = parseReference(reference);
  return name === wanted.name && (wanted.version === '' || version === wanted.version);
}
