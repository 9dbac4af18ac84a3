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
    {
      command:
        'shoal seeder --catalog-public-key catalog.key.pub --peer-listen 10.0.0.5:7421 --insecure --lsd',
      does: 'stock clients in its network find public swarms without a tracker',
    },
  ],
  options: seeder.options,
  create: seeder.createService,
});
