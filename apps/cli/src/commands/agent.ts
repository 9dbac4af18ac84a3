import * as agent from '@shoal/agent';
import { serviceCommand } from './service-command.ts';

export const agentCommand = serviceCommand({
  name: 'agent',
  description:
    'Reconciles towards what the catalog wants on this host, swarming the bytes with its neighbours.',
  examples: [
    {
      command: 'shoal agent --catalog catalog:7400 --nats nats:4222 --data-dir /var/lib/shoal/agent',
      does: 'one a host',
    },
    { command: 'shoal agent --zone eu-1 --labels role=web', does: 'with labels for rollouts to select by' },
  ],
  options: agent.options,
  create: agent.createService,
});
