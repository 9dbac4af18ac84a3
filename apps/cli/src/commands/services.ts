import * as agent from '@shoal/agent';
import * as catalog from '@shoal/catalog';
import * as seeder from '@shoal/seeder';
import * as tracker from '@shoal/tracker';
import { serviceCommand } from './service-command.ts';

/** The services of the platform, each to be run by itself from flags, environment or a file. */

export const catalogCommand = serviceCommand({
  name: 'catalog',
  summary: 'Run the catalog: artifacts, uploads, rollouts, the fleet',
  description:
    'Keeps metadata in PostgreSQL and desired state on NATS; holds no bytes. Restart it at any time.',
  examples: [
    {
      command: 'shoal catalog --database postgres://localhost/shoal --nats localhost:4222',
      does: 'on loopback',
    },
    { command: 'shoal catalog --config /etc/shoal/catalog.yaml', does: 'options from a file' },
  ],
  options: catalog.options,
  create: catalog.createService,
});

export const trackerCommand = serviceCommand({
  name: 'tracker',
  summary: 'Run a tracker: who is in which swarm',
  description: 'Admits by signed grants alone and keeps swarms in memory: it needs no other service to run.',
  examples: [{ command: 'shoal tracker --catalog-public-key catalog.key.pub', does: 'on loopback' }],
  options: tracker.options,
  create: tracker.createService,
});

export const seederCommand = serviceCommand({
  name: 'seeder',
  summary: 'Run a seeder: takes uploads, serves the first pieces',
  description: 'Stores and hashes uploads while they arrive, and seeds what is published.',
  examples: [
    {
      command: 'shoal seeder --data-dir /var/lib/shoal/seeder --catalog-public-key catalog.key.pub',
      does: 'on loopback',
    },
  ],
  options: seeder.options,
  create: seeder.createService,
});

export const agentCommand = serviceCommand({
  name: 'agent',
  summary: 'Run the agent of this host: fetches, verifies, publishes, activates',
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
