import { defineOptions } from '@shoal/service';
import { agentSocketOption, withAgent } from '../client/agent-client.ts';
import { CLIENT_PREFIX } from '../client/client-options.ts';
import type { CommandSpec } from '../command-line/command.ts';
import { ExitCode } from '../exit-codes.ts';
import { heldPartJson, partLines } from '../output/part-view.ts';

const options = defineOptions({
  agentSocket: agentSocketOption,
  json: {
    type: 'boolean',
    default: false,
    description: 'Print JSON on standard output, one document a line.',
  },
});

export const partLsCommand: CommandSpec<typeof options> = {
  name: 'ls',
  description:
    'List the parts of artifacts that the agent on this host has, as `shoal fetch --only` made them. They are verified like ' +
    'whole artifacts, and seeded to nobody. When the whole artifact comes to the host, it takes the files of the part, whose path ' +
    'then leads to it.',
  arguments: [],
  examples: [
    { command: 'shoal part ls', does: 'size, state and path of each' },
    { command: 'shoal part ls --json', does: 'for scripts' },
  ],
  options,
  envPrefix: CLIENT_PREFIX,
  async run({ options: given, environment: { terminal, interrupted: signal } }) {
    const { parts } = await withAgent(given.agentSocket, 'part ls', (agent) => agent.list({}, { signal }));
    if (given.json) for (const part of parts) terminal.out(JSON.stringify(heldPartJson(part)));
    else if (parts.length === 0) terminal.note('The agent has no parts of artifacts.');
    else for (const line of partLines(parts, terminal.style)) terminal.out(line);
    return ExitCode.ok;
  },
};
