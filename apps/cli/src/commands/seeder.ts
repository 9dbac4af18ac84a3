import * as seeder from '@shoal/seeder';
import { serviceCommand } from './service-command.ts';

export const seederCommand = serviceCommand({
  name: 'seeder',
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
