import { defineOptions } from '@shoal/service';
import { agentSocketOption, withAgent } from '../client/agent-client.ts';
import { parseReference } from '../client/artifact-reference.ts';
import { CLIENT_PREFIX } from '../client/client-options.ts';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { heldPartJson } from '../output/part-view.ts';
import { formatBytes } from '../output/format.ts';

const options = defineOptions({
  agentSocket: agentSocketOption,
  namespace: { type: 'string', default: 'default', description: 'Namespace of the artifact.' },
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output, one document a line.',
  },
});

export const partRmCommand: CommandSpec<typeof options> = {
  name: 'rm',
  description:
    'Remove the part of an artifact that the agent on this host has, and what was fetched for it; whole artifacts stay. Refused ' +
    'while a `shoal fetch` adds to it. Programs that have its files open keep them.',
  arguments: [
    { name: '<artifact>', description: 'name@version, or a name for the parts of all its versions' },
  ],
  examples: [{ command: 'shoal part rm web@1.4.2', does: 'what `shoal fetch web@1.4.2 --only …` made' }],
  options,
  envPrefix: CLIENT_PREFIX,
  async run({ args: [reference = ''], options: given, environment: { terminal, interrupted: signal } }) {
    const request = { namespace: given.namespace, ...parseReference(reference) };
    const { removed } = await withAgent(given.agentSocket, 'part rm', (agent) =>
      agent.removeParts(request, { signal }),
    );
    for (const part of removed) {
      if (given.json) terminal.out(JSON.stringify(heldPartJson(part)));
      else terminal.out(`removed ${part.path}  ${formatBytes(part.bytes)}`);
    }
    return ExitCode.ok;
  },
};
