import * as catalog from '@shoal/catalog';
import { serviceCommand } from './service-command.ts';

export const catalogCommand = serviceCommand({
  name: 'catalog',
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
